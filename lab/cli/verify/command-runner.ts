import { delimiter } from "node:path";
import { sendSignal, startPiped, startProblem } from "../../../infra/core/child";
import type { CheckCommand, CheckPlace } from "../../../infra/core/check";
import { shellQuote } from "../../../infra/core/shell";
import { sshLine } from "../../../infra/core/ssh-line";
import type { LabOutputs } from "../../program/outputs";
import { endOfOutput } from "../pulumi/end-of-output";
import { UserError } from "../ui/user-error";
import type { CommandAnswer } from "./expectation";

/** Where the commands of checks find the lab. */
export interface Workstation {
  /** KUBECONFIG of all the lab's clusters. */
  readonly kubeconfig: string;
  /** A cluster's kubeconfig file, by its name. */
  readonly kubeconfigFiles: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A host's ssh line, by its name. */
  readonly ssh: ReadonlyMap<string, string>;
}

/** Every command starts like this, so that a failure in the middle is a failure. */
const STRICT = "set -euo pipefail\n";

/** The remote shell reads the whole script before it runs it, so that the script's own commands cannot eat the rest of it. */
const READ_SCRIPT = `exec bash --norc -p -c "$(cat)"`;

/** What a lab's outputs say about reaching it. */
export function workstationOf(
  outputs: Pick<LabOutputs, "clusters" | "hosts">,
  env: Readonly<Record<string, string | undefined>>,
): Workstation {
  const kubeconfig = outputs.clusters.map(({ kubeconfigFile }) => kubeconfigFile).join(delimiter);
  const kubeconfigFiles = new Map(outputs.clusters.map((cluster) => [cluster.name, cluster.kubeconfigFile]));
  const ssh = new Map(outputs.hosts.map((host) => [host.name, sshLine(host.login)]));
  return { kubeconfig, kubeconfigFiles, env: { ...env, KUBECONFIG: kubeconfig }, ssh };
}

/**
 * Runs a command, and kills all that it has started when the time is over or the signal comes.
 * @param seconds how long it may take
 * @throws UserError if the command names a host or a cluster that the lab does not have
 */
export async function runCommand(
  command: CheckCommand,
  workstation: Workstation,
  seconds: number,
  signal?: AbortSignal,
): Promise<CommandAnswer> {
  const { line, input, env } = callOf(command, workstation);
  // A process group of its own: a kill has to reach what bash has started, too.
  const child = startPiped("bash", ["--norc", "-p", "-c", line], { env, detached: true });
  let stdout = "";
  let stderr = "";
  let timedOut = false;
  const kill = () => sendSignal(-(child.pid ?? NaN), "SIGKILL");
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, seconds * 1000);
  signal?.addEventListener("abort", kill, { once: true });
  if (signal?.aborted) {
    kill();
  }
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => undefined).end(input);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on("error", (error) =>
        reject(new UserError(`bash: ${startProblem("bash", error)}; it is needed to run commands`)),
      );
      child.on("exit", (code) => {
        // What the command left in the background would keep the pipes open for ever.
        kill();
        void endOfOutput(child).then(() => resolve(code));
      });
    });
    return { exitCode, stdout, stderr, timedOut };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

/**
 * The command as a line to paste into any shell.
 * @throws UserError if it names a host or a cluster that the lab does not have
 */
export function pasteable(command: CheckCommand, workstation: Workstation): string {
  const script = shellQuote(`${STRICT}${command.paste ?? command.run}`.replace("\n", "; "));
  if (command.on === "host") {
    return `${loginTo(command.host, workstation)} ${shellQuote(`bash -c ${script}`)}`;
  }
  const bin = (workstation.env["PATH"] ?? "").split(delimiter)[0] ?? "";
  const kubeconfig = shellQuote(kubeconfigOf(command, workstation));
  return `KUBECONFIG=${kubeconfig} PATH=${shellQuote(bin)}:$PATH bash -c ${script}`;
}

/** What bash gets for a command: its line, its input and its environment. */
function callOf(command: CheckCommand, workstation: Workstation) {
  const script = `${STRICT}${command.run}`;
  const { env } = workstation;
  if (command.on === "host") {
    return { line: `exec ${loginTo(command.host, workstation)} ${shellQuote(READ_SCRIPT)}`, input: script, env };
  }
  return { line: script, input: "", env: { ...env, KUBECONFIG: kubeconfigOf(command, workstation) } };
}

function kubeconfigOf(place: Exclude<CheckPlace, { on: "host" }>, workstation: Workstation): string {
  return place.on === "cluster" ? named("cluster", place.cluster, workstation.kubeconfigFiles) : workstation.kubeconfig;
}

function loginTo(host: string, { ssh }: Workstation): string {
  return named("host", host, ssh);
}

function named(kind: "cluster" | "host", name: string, known: ReadonlyMap<string, string>): string {
  const value = known.get(name);
  if (value === undefined) {
    throw new UserError(`${kind} "${name}" given; this lab has ${[...known.keys()].join(", ") || `no ${kind}s`}`);
  }
  return value;
}
