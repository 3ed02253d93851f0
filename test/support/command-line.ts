import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { MARKER_FILE } from "../../infra/core/folder-marker";
import { fakeToolchains } from "./fake-toolchains";
import { loginOf } from "./login";

/** How a run of the command line ended. */
export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run bench --`, as words of the command line. */
export const BENCH = ["--run", "test/bench/main.mjs"] as const;

/** Id of the state folder of these tests. */
export const STATE_ID = "feedfacefeedface";

/** A kubeconfig that is there, and leads nowhere. */
export const KUBECONFIG = resolve("test/support/kubeconfig.yaml");

/** A stack's outputs as Pulumi has them: one cluster, one host, nothing that exists. */
export const ACCESS = {
  lab: "vm",
  platform: "local",
  versions: { istio: "1.2.3" },
  urls: [{ name: "webapp", url: "http://127.0.0.1:30000/api/catalog", curl: "curl webapp", shows: "goods" }],
  clusters: [{ name: "k3s-s", context: "kind-k3s-s", kubeconfigFile: KUBECONFIG, gateways: [] }],
  hosts: [{ name: "forum-vm", address: "192.168.10.200", login: loginOf("forum-vm") }],
  network: { name: "n", cidr: "192.168.10.0/24", loadBalancerPool: "p", note: "as in the notes" },
  unavailable: [],
  nextSteps: [{ verb: "verify", words: [], shows: "all of it" }],
};

/** The real command line as a process of its own, with a state folder and a cache of the test's own and fake programs in the toolchains. */
export class CommandLine {
  /** A temporary folder of the test's own. */
  public readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "istio-lab-cli-")));
  /** The state folder; the first stack makes it. */
  public readonly state = join(this.folder, "state");
  /** The folder of the fake programs. */
  public readonly programs = join(this.folder, "programs");
  private readonly log = join(this.folder, "calls");

  /** @param programs bash text by name, in front of everything on PATH: `$*` is what the program was called with, `$FOLDER` the folder */
  public constructor(programs: Readonly<Record<string, string>> = {}) {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
    const bin = this.programs;
    mkdirSync(bin);
    fakeToolchains(join(this.folder, "cache"), bin);
    writeFileSync(join(this.folder, "cache", MARKER_FILE), JSON.stringify({ id: STATE_ID }));
    for (const [name, body] of Object.entries(programs)) {
      writeFileSync(
        join(bin, name),
        `#!/bin/bash\nFOLDER='${this.folder}'\necho "${name} $*" >>'${this.log}'\n${body}\n`,
      );
      chmodSync(join(bin, name), 0o755);
    }
  }

  /** What the command line gets in its environment: nothing of the npm that runs the tests. */
  public get environment(): NodeJS.ProcessEnv {
    const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|PULUMI_|ISTIO_LAB_)/.test(name));
    return {
      ...Object.fromEntries(own),
      ISTIO_LAB_STATE: this.state,
      ISTIO_LAB_CACHE: join(this.folder, "cache"),
      // A verb that wants tools ends here, before it builds any.
      ISTIO_LAB_SOURCE: "none of this test's",
      NO_COLOR: "1",
    };
  }

  /** The file in which the own backend keeps a stack. */
  public stateFile(stack: string): string {
    return join(this.state, ".pulumi", "stacks", "istio-lab", `${stack}.json`);
  }

  /** Puts a stack into the state folder. Default: one whose `up` has finished, with `ACCESS` as outputs. */
  public addStack(stack: string, text = checkpoint(ACCESS)): void {
    mkdirSync(join(this.state, ".pulumi", "stacks", "istio-lab"), { recursive: true });
    writeFileSync(join(this.state, MARKER_FILE), JSON.stringify({ id: STATE_ID }));
    writeFileSync(join(this.state, ".passphrase"), "a passphrase\n");
    writeFileSync(this.stateFile(stack), text);
  }

  /**
   * Runs the command line to its end.
   * @param uid number of the user whose process it is; only root may name another one. Default: of this process
   */
  public run(words: readonly string[], more: NodeJS.ProcessEnv = {}, cwd = this.folder, uid?: number): Promise<CliRun> {
    const args = [resolve("lab/cli/bootstrap.mjs"), ...words];
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...this.environment, ...more },
      ...(uid === undefined ? {} : { uid, gid: uid }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    return new Promise((done, fail) => {
      child.on("error", fail);
      child.on("close", (exitCode) => done({ exitCode, stdout, stderr }));
    });
  }

  /** Every call of a fake program so far. */
  public calls(): readonly string[] {
    return existsSync(this.log) ? readFileSync(this.log, "utf8").trim().split("\n") : [];
  }
}

/** A fake `pulumi` that answers `stack output` with some outputs, and all else with a failure. */
export function pulumiWith(access: object): string {
  return `case "$*" in "stack output"*) cat <<'JSON'\n${JSON.stringify({ access })}\nJSON\n;; *) exit 9 ;; esac`;
}

/** A fake `docker` on which the containers of `ACCESS` run. */
export function dockerWith(stack: string): string {
  const names = ["k3s-s-control-plane", "forum-vm"].map((name) => `istio-lab-${stack}-${name}`);
  const lines = names.map((name) => JSON.stringify([name, stack, STATE_ID, "/somewhere", name, "net", "running"]));
  return `case "$1" in ps) printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} ;; esac`;
}

/** The text of a state file of Pulumi's. */
export function checkpoint(
  access: object | undefined,
  resources: readonly object[] = [{ urn: "urn:x", type: "x:y:Z" }],
): string {
  const root = { urn: "urn:stack", type: "pulumi:pulumi:Stack", outputs: access === undefined ? {} : { access } };
  const latest = { manifest: { time: "2026-01-02T03:04:05.678901234+09:00" }, resources: [root, ...resources] };
  return JSON.stringify({ version: 3, checkpoint: { stack: "organization/istio-lab/x", latest } });
}
