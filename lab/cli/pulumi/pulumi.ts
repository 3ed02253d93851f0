import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { startProblem, startProgram } from "../../../infra/core/child";
import { setupCommandOf, TOOLCHAIN_VARIABLE, UPDATE_VARIABLE } from "../../../infra/core/toolchain-key";
import { LABS } from "../../registry";
import { endOfOutput } from "./end-of-output";
import { parseEvent, type EngineEvent } from "./engine-events";
import { endProcesses, OWNER_VARIABLE, updateProcesses } from "./stray-processes";
import { onStopSignal } from "./stop-signals";
import { tell } from "../ui/terminal";
import { UserError } from "../ui/user-error";

/** Exit code of a command line that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** How one `pulumi` command ended. */
export interface PulumiResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly wasInterrupted: boolean;
}

/** How one `pulumi` command runs. */
export interface PulumiOptions {
  /** Folder with the Pulumi.yaml to use. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How an update runs. */
export interface UpdateOptions extends PulumiOptions {
  /** The stack's state folder: marks the update's processes. */
  readonly stackFolder: string;
}

/**
 * Runs a short `pulumi` command and waits for it.
 * @throws UserError if there is no `pulumi` to run
 */
export async function runPulumi(args: readonly string[], options: PulumiOptions): Promise<PulumiResult> {
  const child = spawnPulumi(args, options);
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const { exitCode, stderr } = await ending(child, options);
  return { exitCode, stdout, stderr, wasInterrupted: false };
}

/**
 * Runs an update (`up`, `destroy`) with `--json`, hands on each event as it comes, and leaves no process behind.
 * The Automation API would do the same with the same CLI, but its import costs 0.7 s and its `up` four more runs of the CLI (0.3 s each on two
 * cores), of a budget of 4 s for an unchanged lab.
 * The first Ctrl-C asks the engine to stop the steps that run, the second one ends it at once.
 */
export function runUpdate(
  args: readonly string[],
  options: UpdateOptions,
  onEvent: (event: EngineEvent) => void,
): Promise<PulumiResult> {
  return runEngine([...args, "--yes", "--skip-preview"], options, onEvent);
}

/** Runs `preview`, which changes nothing; the rest is the same. */
export function runPreview(
  args: readonly string[],
  options: UpdateOptions,
  onEvent: (event: EngineEvent) => void,
): Promise<PulumiResult> {
  // Otherwise it prints one document at its end.
  const env = { ...options.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
  return runEngine(args, { ...options, env }, onEvent);
}

async function runEngine(
  args: readonly string[],
  options: UpdateOptions,
  onEvent: (event: EngineEvent) => void,
): Promise<PulumiResult> {
  const marks = { [UPDATE_VARIABLE]: options.stackFolder, [OWNER_VARIABLE]: String(process.pid) };
  // Before the engine starts: from its first moment on a Ctrl-C has to reach it.
  const interrupts = forwardInterrupts(() => child.kill("SIGINT"), options.stackFolder);
  const child = spawnPulumi([...args, "--json", "--color", "never"], {
    ...options,
    env: { ...options.env, ...marks },
  });
  if (child.stdout) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = parseEvent(line);
      if (event) {
        onEvent(event);
      }
    });
  }
  try {
    const { exitCode, stderr } = await ending(child, options);
    const wasInterrupted = interrupts.count() > 0;
    return { exitCode: wasInterrupted ? INTERRUPTED : exitCode, stdout: "", stderr, wasInterrupted };
  } finally {
    interrupts.stop();
    await endProcesses(
      updateProcesses(options.stackFolder).map(({ pid }) => pid),
      2,
    );
  }
}

/** In a process group of its own, so that Ctrl-C reaches the engine once, through us, and not every plugin at the same time. */
function spawnPulumi(args: readonly string[], options: PulumiOptions): ChildProcess {
  return startProgram("pulumi", [...args, "--non-interactive"], {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
}

function ending(child: ChildProcess, { env }: PulumiOptions): Promise<{ exitCode: number; stderr: string }> {
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      const remedy = error.code === "ENOENT" ? `; run: ${setupCommandOf(env[TOOLCHAIN_VARIABLE] ?? "", LABS)}` : "";
      reject(new UserError(`pulumi: ${startProblem("pulumi", error)}${remedy}`));
    });
    child.on("exit", (code, signal) => {
      stderr += signal ? `pulumi was ended by ${signal}\n` : "";
      // A plugin that outlives the engine keeps the pipes open: wait for their end, but not for long.
      void endOfOutput(child).then(() => resolve({ exitCode: code ?? 1, stderr }));
    });
  });
}

function forwardInterrupts(interrupt: () => void, stackFolder: string) {
  let count = 0;
  const forward = () => {
    count += 1;
    if (count === 1) {
      tell("stopping the steps that run now; Ctrl-C again ends them at once");
      interrupt();
      return;
    }
    const all = updateProcesses(stackFolder).map(({ pid }) => pid);
    void endProcesses(all, 1);
  };
  const stop = onStopSignal(forward);
  return { count: () => count, stop };
}
