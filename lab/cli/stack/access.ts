import { existsSync } from "node:fs";
import { describeCost } from "../../../infra/core/aws-prices";
import { shellWord } from "../../../infra/core/shell";
import { sshLine } from "../../../infra/core/ssh-line";
import type { AccessCluster, AccessHost, LabOutputs, NextStep } from "../../program/outputs";
import { assertNobodyAtWork } from "./at-work";
import { checkpointFile } from "../pulumi/backend";
import { assertReadableState, stateResources } from "../pulumi/checkpoint";
import { STACK_TYPE } from "../pulumi/engine-events";
import { buildCommand, labCommand, type CommandTarget } from "./lab-command";
import { withoutState } from "../pulumi/lost-state";
import { stackCommand, type Session } from "../pulumi/session";
import { linkStackTools } from "./stack-tools";
import { table, type ColumnKind } from "../ui/table";
import { paint, type Terminal } from "../ui/terminal";
import { UserError } from "../ui/user-error";
import { wrap } from "../ui/wrap";

/**
 * Reads the stack's outputs.
 * @throws UserError with exit code 2 if there is no lab, if its state is lost, or if a verb that is at work on it has not made or has removed it; or in one line what is wrong with the stack's state
 */
export async function readOutputs(session: Session): Promise<LabOutputs> {
  assertReadableState(session);
  await assertStands(session);
  await linkStackTools(session);
  const { exitCode, stdout, stderr } = await stackCommand(session, ["stack", "output", "--json"]);
  if (exitCode !== 0 && !stderr.includes("no stack named")) {
    throw new UserError(`pulumi stack output: ${stderr.trim()}`);
  }
  const outputs = exitCode === 0 ? accessOutput(JSON.parse(stdout) as Record<string, unknown>) : undefined;
  if (outputs === undefined) {
    assertNobodyAtWork(session);
    throw isBegun(session) ? halfBuilt(session) : await withoutState(session);
  }
  assertLogins(outputs, session);
  return outputs;
}

/** Asking Pulumi makes a folder for the stack, and a stack that is not there is to leave none. */
async function assertStands(session: Session): Promise<void> {
  const { ownFolder } = session.backend;
  if (ownFolder !== undefined && !existsSync(checkpointFile(ownFolder, session.stack))) {
    assertNobodyAtWork(session);
    throw await withoutState(session);
  }
}

/** Earlier versions of istio-lab exported a line for ssh in place of the login. */
function assertLogins({ hosts }: { readonly hosts: readonly Partial<AccessHost>[] }, session: Session): void {
  if (hosts.some(({ login }) => login === undefined)) {
    throw new UserError(`stack ${session.stack}: built by an earlier istio-lab; run: ${buildCommand(session)}`, 2);
  }
}

/** Whether an `up` has made something, and none has finished. */
function isBegun(session: Session): boolean {
  return (stateResources(session) ?? []).some(({ type }) => type !== STACK_TYPE);
}

function halfBuilt(session: Session): UserError {
  const [up, destroy] = [buildCommand(session), labCommand("destroy", session)];
  return new UserError(
    `stack ${session.stack}: its lab is half-built, since no up has finished; complete it: ${up}, or remove it: ${destroy}`,
    2,
  );
}

/** The lab's access data among the stack's outputs; undefined if no `up` has finished yet. */
export function accessOutput(outputs: Readonly<Record<string, unknown>>): LabOutputs | undefined {
  return outputs["access"] as LabOutputs | undefined;
}

/** The table that `up` and `inspect` end with: what is where, how to call it, what to do next. */
export function accessTable(outputs: LabOutputs, target: CommandTarget, terminal: Terminal): string {
  const title = (text: string) => paint(text, "bold", terminal);
  const versions = Object.entries(outputs.versions).map(([name, version]) => `${name} ${version}`);
  const { network, clusters, hosts, unavailable } = outputs;
  const width = terminal.columns;
  const section = (heading: string, rows: readonly (readonly string[])[], kinds: readonly ColumnKind[] = []) =>
    rows.length === 0 ? [] : ["", title(heading), table(rows, { width, kinds })];
  return [
    title(`lab ${outputs.lab} on ${outputs.platform}: ${versions.join(", ")}`),
    ...wrap(
      `network ${network.name}: ${network.cidr}, load balancers ${network.loadBalancerPool} (${network.note})`,
      width,
    ),
    ...billLines(outputs),
    "",
    title("URLs"),
    table(
      outputs.urls.map(({ name, url, curl, shows }) => [name, url, curl, `# ${shows}`]),
      { width, kinds: ["word", "word", "line", "text"] },
    ),
    ...section("clusters", clusters.flatMap(clusterRows(target)), ["word", "line"]),
    ...section("hosts", hosts.flatMap(hostRows(clusters[0]?.name ?? "", target)), ["word", "word", "line"]),
    ...section(
      "not available from this machine's source",
      unavailable.map(({ name, reason }) => [name, reason]),
    ),
    ...section("next", composedSteps(outputs, target).map(stepRow), ["line", "text"]),
  ].join("\n");
}

/** The outputs with each next step's line to paste, for a program that reads them. */
export function composedOutputs(outputs: LabOutputs, target: CommandTarget) {
  return { ...outputs, nextSteps: composedSteps(outputs, target) };
}

interface ComposedStep extends NextStep {
  /** A line to paste. */
  readonly command: string;
}

function composedSteps({ nextSteps }: LabOutputs, target: CommandTarget): readonly ComposedStep[] {
  return nextSteps.map((step) => ({ command: labCommand(step.verb, target, step.words), ...step }));
}

function stepRow({ command, shows }: ComposedStep): readonly string[] {
  return shows === "" ? [command] : [command, shows];
}

function clusterRows(target: CommandTarget) {
  return ({ name, kubeconfigFile, context, gateways }: AccessCluster): readonly (readonly string[])[] => [
    [name, labCommand("exec", target, [name, "kubectl", "get", "pods", "-A"])],
    ["", `kubeconfig ${shellWord(kubeconfigFile)}, context ${context}`],
    ...gateways.map((gateway) => ["", `${gateway.name}  ${gateway.address}`]),
  ];
}

/** @param cluster whose API server knows the hosts of the mesh */
function hostRows(cluster: string, target: CommandTarget) {
  return ({ name, address, login, workloadEntry }: AccessHost): readonly (readonly string[])[] => {
    const [namespace = "", entry = ""] = workloadEntry?.split("/") ?? [];
    const words = [cluster, "kubectl", "get", "workloadentry", entry, "-n", namespace];
    return [
      [name, address, sshLine(login)],
      ...(workloadEntry === undefined ? [] : [["", "", labCommand("exec", target, words)]]),
    ];
  };
}

/** What a lab that is rented costs, and when it ends by itself. */
function billLines({ cost, expiry }: LabOutputs): readonly string[] {
  return [
    ...(cost === undefined ? [] : [`cost: ${describeCost(cost)}`]),
    ...(expiry === undefined ? [] : [`ends by itself at ${expiry.at}: ${expiry.note}`]),
  ];
}
