import { spawn, type ChildProcessByStdio } from "node:child_process";
import { statSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { CapturedOutput, type Shown } from "./captured-output";
import { goQuote } from "./go-quote";
import { ProcessReaper } from "./process-reaper";

/** A command to run on this machine. */
export interface LocalProcess {
  /** What the command is called in messages: its text. */
  readonly command: string;
  /** Program and arguments in front of the command's text. */
  readonly interpreter: readonly string[];
  /** Working folder. */
  readonly dir: string;
  /** Added to this process's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sent to stdin; undefined or "": stdin is empty. */
  readonly stdin: string | undefined;
  readonly shown: Shown;
  /** Takes each line that shows. */
  readonly show: (line: string) => void;
  /** Ends the command and everything that it started. */
  readonly signal: AbortSignal;
}

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

const killAfterMilliseconds = 2000;
const reaper = new ProcessReaper();

/**
 * Runs a command to its end, and until everything that it started has let go of its output.
 * @returns its output, without the last line ends
 * @throws Error in the official provider's words: `exit status N: running "COMMAND":`, then all output
 */
export async function runLocalProcess(process: LocalProcess): Promise<{ stdout: string; stderr: string }> {
  process.signal.throwIfAborted();
  const output = new CapturedOutput(process.shown, process.show);
  const failure = await execute(process, output);
  output.end();
  if (failure !== undefined) {
    throw new Error(`${failure}: running ${goQuote(process.command)}:\n${output.interleaved()}`);
  }
  return { stdout: output.text("stdout"), stderr: output.text("stderr") };
}

/** Resolves to what went wrong, or to undefined. */
function execute(process: LocalProcess, output: CapturedOutput): Promise<string | undefined> {
  const wrongFolder = folderProblem(process.dir);
  if (wrongFolder !== undefined) {
    return Promise.resolve(wrongFolder);
  }
  const words = [...process.interpreter, process.command];
  const program = words[0] ?? "";
  const child = start(program, words.slice(1), process);
  child.stdout.on("data", (chunk: Buffer) => output.add("stdout", chunk));
  child.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
  const finished = endWhenAborted(child, process.signal);
  // Only now, so that what waits for its input is guarded by then. A command need not read it to the end.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(process.stdin);
  return new Promise((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      finished();
      resolve(startProblem(program, error));
    });
    child.on("close", (code, signal) => {
      finished();
      resolve(exitProblem(code, signal));
    });
  });
}

function start(program: string, args: readonly string[], process: LocalProcess): Child {
  const hasInput = process.stdin !== undefined && process.stdin !== "";
  reaper.prepare();
  const child: Child = spawn(program, args, {
    cwd: process.dir,
    env: { ...globalThis.process.env, ...process.environment },
    stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe"],
    // A process group of its own: cancelling ends what the command has started, too.
    detached: true,
  }) as Child;
  return child;
}

function endWhenAborted(child: Child, signal: AbortSignal): () => void {
  const group = child.pid;
  if (group === undefined) {
    return () => undefined;
  }
  reaper.guard(group);
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(group, "SIGTERM");
    timer = setTimeout(() => {
      signalGroup(group, "SIGKILL");
      // What left the group may still hold the output open: nobody waits for it after a cancellation.
      child.stdout.destroy();
      child.stderr.destroy();
    }, killAfterMilliseconds);
  };
  signal.addEventListener("abort", end, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    reaper.release(group);
  };
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group has ended by itself.
  }
}

function folderProblem(dir: string): string | undefined {
  try {
    return statSync(dir).isDirectory() ? undefined : `chdir ${dir}: not a directory`;
  } catch {
    return `chdir ${dir}: no such file or directory`;
  }
}

function startProblem(program: string, error: NodeJS.ErrnoException): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    E2BIG: "argument list too long",
  };
  if (error.code === "ENOENT" && !program.includes("/")) {
    return `exec: ${goQuote(program)}: executable file not found in $PATH`;
  }
  return `fork/exec ${program}: ${reasons[error.code ?? ""] ?? error.message}`;
}

const signalWords: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGQUIT: "quit",
  SIGABRT: "aborted",
  SIGKILL: "killed",
  SIGSEGV: "segmentation fault",
  SIGPIPE: "broken pipe",
  SIGTERM: "terminated",
};

function exitProblem(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (signal !== null) {
    return `signal: ${signalWords[signal] ?? signal}`;
  }
  return code === 0 ? undefined : `exit status ${String(code)}`;
}
