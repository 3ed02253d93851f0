import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  findRunner,
  programArguments,
  programEnvironment,
  type ProgramRun,
  type RuntimeOptions,
} from "./program-command";

/** How a program ended. */
export interface ProgramResult {
  /** What to tell the user; "" where nothing went wrong or the program has said it itself. */
  readonly error: string;
  /** The program has told the user what is wrong: the engine stops without another message. */
  readonly bail: boolean;
}

/** The SDK's runner exits with it after it has logged an error that the user can act on. */
const exitCodeOfToldError = 32;

const killAfterMilliseconds = 5000;

/**
 * Runs a Pulumi program to its end. Its output goes to this process's own, which the engine shows under the stack.
 * @param signal interrupts the program, and kills it 5 s later
 */
export async function runProgram(
  run: ProgramRun,
  options: RuntimeOptions,
  signal: AbortSignal,
): Promise<ProgramResult> {
  const args = programArguments(run, findRunner(run.programDirectory), options);
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...programEnvironment(run, options) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  const stopListening = killOnAbort(child, signal);
  try {
    const [code, killedBy] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return describeExit(code, killedBy);
  } finally {
    stopListening();
  }
}

function killOnAbort(child: ChildProcess, signal: AbortSignal): () => void {
  const kill = (): void => {
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGKILL"), killAfterMilliseconds).unref();
  };
  if (signal.aborted) {
    kill();
  }
  signal.addEventListener("abort", kill);
  return () => signal.removeEventListener("abort", kill);
}

/** What an exit means to the user: code 32 is silent, any other one that is not 0 is named. */
export function describeExit(code: number | null, killedBy: NodeJS.Signals | null): ProgramResult {
  if (code === 0) {
    return { error: "", bail: false };
  }
  if (code === exitCodeOfToldError) {
    return { error: "", bail: true };
  }
  const how = code === null ? `Program was killed by ${killedBy ?? "a signal"}` : nonZero(code);
  return { error: how, bail: false };
}

function nonZero(code: number): string {
  return `Program exited with non-zero exit code: ${String(code)}`;
}
