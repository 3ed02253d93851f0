import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { LabOutputs } from "../../lab/program/outputs";

/** The runtime of a program in TypeScript in a checkout that has this project's `lab/`, for a Pulumi.yaml. */
export const TYPESCRIPT_RUNTIME =
  "{ name: nodejs, options: { typescript: false, nodeargs: --require ./infra/runtime/typescript.cjs } }";

/** How a run of the command line ended. */
export interface LabRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** What `verify --json` prints. */
export interface Verdict {
  readonly exitCode: number;
  readonly results: readonly { readonly name: string; readonly outcome: string }[];
}

/** What `up --json` prints. */
export interface UpReport {
  readonly changes: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** The checks that do not hold. */
export const failed = ({ results }: Verdict) =>
  results.filter(({ outcome }) => outcome !== "pass").map(({ name }) => name);

/** What a lab could leave on this machine; two of them are compared. */
export interface HostState {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Files that a lab must never touch, by digest. */
  readonly userFiles: Readonly<Record<string, string>>;
  /** `git status` of the checkout. */
  readonly checkout: string;
}

/** A lab of a test's own, driven by the command line as a user would: own stack, own state folder, own ports. */
export class TestLab {
  /** The state folder, under a temporary one. */
  public readonly stateFolder: string;
  /** The checkout whose command line is run. Default: this one. */
  public checkout = process.cwd();
  /** What the command line is started by, e.g. `ip netns exec NAME`. Default: nothing. */
  public startedBy: readonly string[] = [];

  /**
   * @param stack the stack's name, e.g. `e2e-vm`
   * @param folder a temporary folder of the test's own, gone after `cleanUp`. Default: a new one
   */
  public constructor(
    public readonly stack: string,
    public readonly folder: string = TestLab.makeFolder(),
  ) {
    this.stateFolder = join(this.folder, "state");
  }

  /** Makes a temporary folder. */
  public static makeFolder(): string {
    return mkdtempSync(join(tmpdir(), "istio-lab-test-"));
  }

  /** What the command line gets in its environment; CI's and the developer's own backend are left out. */
  public get environment(): NodeJS.ProcessEnv {
    const { PULUMI_BACKEND_URL: _url, PULUMI_ACCESS_TOKEN: _token, ...others } = process.env;
    return { ...others, ISTIO_LAB_STATE: this.stateFolder, NO_COLOR: "1" };
  }

  /**
   * Runs a verb on the stack.
   * @param whileRunning called with the process id, e.g. to kill it while it runs, and a look at what it has said so far
   */
  public async run(
    verb: string,
    words: readonly string[] = [],
    whileRunning?: (pid: number, said: () => string) => Promise<void>,
  ): Promise<LabRun> {
    refuseEphemeralPorts(words);
    const started = Date.now();
    const stack = ["list", "doctor", "setup"].includes(verb) ? [] : ["--stack", this.stack];
    const script = join(this.checkout, "lab", "cli", "bootstrap.mjs");
    const [program = "", ...args] = [...this.startedBy, process.execPath, script, verb, ...stack, ...words];
    const child = spawn(program, args, { env: this.environment, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (whileRunning) {
      await whileRunning(child.pid!, () => stdout + stderr);
    }
    const exitCode = await ended;
    return { exitCode, stdout, stderr, seconds: (Date.now() - started) / 1000 };
  }

  /**
   * Runs a verb, waits until it has said something, then kills parts of it at once, as a power cut would.
   * @param part what the command lines of those parts contain, e.g. `pulumi up`
   * @returns how many processes were killed
   */
  public async runKilled(verb: string, words: readonly string[], part: string, afterSaying: string): Promise<number> {
    let killed = 0;
    await this.run(verb, words, async (_, said) => {
      const deadline = Date.now() + 180_000;
      while (!said().includes(afterSaying) && Date.now() < deadline) {
        await pause(50);
      }
      killed = killNow(this.processesOf(part));
    });
    return killed;
  }

  /** Runs a verb with `--json` and reads what it prints. */
  public async json<T>(verb: string, words: readonly string[] = []): Promise<T> {
    const run = await this.run(verb, ["--json", ...words]);
    if (run.stdout === "") {
      throw new Error(`${verb}: exit code ${String(run.exitCode)}\n${run.stderr}`);
    }
    return JSON.parse(run.stdout) as T;
  }

  /** The lab's outputs. */
  public async outputs(): Promise<LabOutputs> {
    return this.json<LabOutputs>("inspect");
  }

  /** Processes whose environment or command names this lab's state folder. */
  public processes(): readonly string[] {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    return pids.filter(
      (pid) => readProc(pid, "environ").includes(this.folder) || readProc(pid, "cmdline").includes(this.folder),
    );
  }

  /**
   * Process ids of one part of an `up` that runs.
   * @param part what its command line contains, e.g. `pulumi-resource-command`
   */
  public processesOf(part: string): readonly number[] {
    return this.processes()
      .filter((pid) => readProc(pid, "cmdline").replaceAll("\0", " ").includes(part))
      .map(Number);
  }

  /** Everything below the state folder; empty if the folder itself is gone. */
  public stateFiles(): readonly string[] {
    return existsSync(this.stateFolder) ? (readdirSync(this.stateFolder, { recursive: true }) as string[]) : [];
  }

  /** Removes the lab whatever has become of it; for `afterAll`. */
  public async cleanUp(): Promise<void> {
    await this.run("destroy", ["--yes"]);
    this.removeFolder();
  }

  /** Removes the folder with all that is in it. */
  public removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Kills processes at once, as a power cut would.
 * @returns how many were killed: one may have ended by itself between the look and the kill
 */
export function killNow(pids: readonly number[]): number {
  return pids.filter((pid) => {
    try {
      return process.kill(pid, "SIGKILL");
    } catch {
      return false;
    }
  }).length;
}

/** Looks at what labs could leave behind. */
export function hostState(): HostState {
  const docker = (...args: string[]) =>
    execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean).sort();
  const userFiles = [join(homedir(), ".kube", "config"), join(homedir(), ".ssh", "known_hosts"), "/etc/hosts"];
  return {
    containers: docker("ps", "--all", "--format", "{{.Names}}"),
    networks: docker("network", "ls", "--format", "{{.Name}}"),
    volumes: docker("volume", "ls", "--quiet"),
    userFiles: Object.fromEntries(userFiles.map((file) => [file, digestOf(file)])),
    checkout: execFileSync("git", ["status", "--porcelain"], { encoding: "utf8" }),
  };
}

/** The first ephemeral port of Linux, which outgoing connections use: one of the engine's own may have it at any time. */
const FIRST_EPHEMERAL_PORT = 32_768;

/** Refuses ephemeral ports: `up` found 33305 taken by `pulumi` itself. */
function refuseEphemeralPorts(words: readonly string[]): void {
  const ephemeral = words.find((word) => Number(/^portBase=(\d+)$/.exec(word)?.[1] ?? 0) >= FIRST_EPHEMERAL_PORT);
  if (ephemeral !== undefined) throw new Error(`${ephemeral}: a test's ports are below ${FIRST_EPHEMERAL_PORT}`);
}

function digestOf(file: string): string {
  return existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex") : "absent";
}

function readProc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    // It has ended, or is none of ours.
    return "";
  }
}
