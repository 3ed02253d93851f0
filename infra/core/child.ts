import {
  spawn,
  spawnSync,
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  type SpawnOptions,
} from "node:child_process";
import { childEnvironment, type ChildEnvironment, type ChildPurpose } from "./child-environment";
import { ensureChildSettings } from "./child-settings";
import { findHome, findTemporaryFolder, type Environment } from "./paths";
import { shortageOf } from "./shortage";

/** How a program that we start runs. */
export interface ChildOptions extends Omit<SpawnOptions, "env"> {
  /** Its whole environment. Default: `environmentFor()` */
  readonly env?: Environment;
}

/** How a program that was asked something ended. */
export interface Answer {
  /** The program ended with exit code 0. */
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Why the program did not start, as `startProblem` says it; undefined if it did. */
  readonly startProblem?: string;
  /** There is no such program. */
  readonly isMissing: boolean;
}

/** How a program is asked. */
export interface AskOptions {
  /** Its whole environment. Default: `environmentFor()` */
  readonly env?: Environment;
  /** After which the program is ended and counts as failed. Default 10 s. */
  readonly timeoutMilliseconds?: number;
  /** Sent to stdin. Default: stdin is empty. */
  readonly input?: string;
}

/** Bytes of output that `askNow` takes: the list of all processes with their environments is long. */
const MOST_OUTPUT = 2 ** 26;

/**
 * The environment of the programs that we start: clean, with settings files of our own in place of the user's.
 * Programs that download keep docker's settings of the user, which hold credentials of registries.
 * @param given Default: this process's own
 */
export function environmentFor(purpose: ChildPurpose = {}, given: Environment = process.env): ChildEnvironment {
  const environment = { ...childEnvironment(usable(given), purpose), ...homeOf(given) };
  return purpose.use === "download" ? environment : { ...environment, ...ensureChildSettings(given) };
}

/** Without a `TMPDIR` that is not there: a program takes its own default instead of failing. */
function usable(given: Environment): Environment {
  return { ...given, TMPDIR: findTemporaryFolder(given) };
}

/** The home folder that we use ourselves: without `HOME` some programs would write into the folder in which they start. */
function homeOf(given: Environment): ChildEnvironment {
  const home = findHome(given);
  return home === undefined ? {} : { HOME: home };
}

/**
 * Starts a program. The only way to start one: nothing else imports `node:child_process`.
 * @throws Error for the user if this process may open no more files, or if there is no memory left
 */
export function startProgram(command: string, words: readonly string[], options: ChildOptions = {}): ChildProcess {
  const child = spawnOrThrow(command, words, { ...options, env: options.env ?? environmentFor() });
  // Without a file for its streams Node gives up before it makes them, and the error comes when nobody has had the time to wait for it.
  if ((child.stdio as unknown) === undefined) {
    child.on("error", () => undefined);
    keptOpen.any = true;
    throw shortage(command, { code: "EMFILE" }) ?? new Error(`${command}: cannot be started`);
  }
  return child;
}

/** Whether Node has left pipes open of a program that it could not start: they keep this process from ending by itself. */
export const keptOpen = { any: false };

function spawnOrThrow(command: string, words: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(command, [...words], options);
  } catch (error) {
    throw shortage(command, error) ?? error;
  }
}

/** An error for the user; undefined if nothing is short. */
function shortage(command: string, error: unknown): Error | undefined {
  const problem = shortageOf(error);
  return problem === undefined ? undefined : new Error(`${command}: cannot be started: ${problem}`);
}

/**
 * Why a program did not start, in words for the user.
 * @param command as it was given: a name, or a path
 * @param error what its `error` event says
 */
export function startProblem(command: string, error: NodeJS.ErrnoException): string {
  const isSought = error.code === "ENOENT" && !command.includes("/");
  return (
    shortageOf(error) ??
    (isSought ? `there is no ${command}, neither among the lab's tools nor on PATH` : error.message)
  );
}

/** The same with a pipe for each of its streams. */
export function startPiped(
  command: string,
  words: readonly string[],
  options: Omit<ChildOptions, "stdio"> = {},
): ChildProcessWithoutNullStreams {
  return startProgram(command, words, { ...options, stdio: "pipe" }) as ChildProcessWithoutNullStreams;
}

/**
 * Sends a signal to a process that may have ended by itself in the meantime.
 * @param target a process id; below 0 that of a process group
 */
export function sendSignal(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // Nobody is left.
  }
}

/**
 * Asks a program something and waits for its answer.
 * @returns `ok: false` also if there is no such program
 * @throws Error for the user if it cannot be started since something is short: then nothing is known of what was asked
 */
export async function ask(command: string, words: readonly string[], options: AskOptions = {}): Promise<Answer> {
  const { env, timeoutMilliseconds = 10_000, input = "" } = options;
  const child = startPiped(command, words, { ...(env ? { env } : {}), timeout: timeoutMilliseconds });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program need not read its input.
  child.stdin.on("error", () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      const problem = shortage(command, error);
      if (problem) {
        reject(problem);
      } else {
        resolve(answerOf(command, null, stdout, stderr, error));
      }
    });
    child.on("close", (code) => resolve(answerOf(command, code, stdout, stderr, undefined)));
  });
}

/** The same for code that cannot wait: it blocks this process until the program has ended. Nothing is sent to stdin. */
export function askNow(command: string, words: readonly string[], options: Omit<AskOptions, "input"> = {}): Answer {
  const { env, timeoutMilliseconds = 10_000 } = options;
  const { status, stdout, stderr, error } = spawnSync(command, [...words], {
    encoding: "utf8",
    env: env ?? environmentFor(),
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: MOST_OUTPUT,
    timeout: timeoutMilliseconds,
  });
  // Without a program there is no output at all, whatever the types say.
  const text = (output: string | null) => output ?? "";
  const problem = shortage(command, error);
  if (problem !== undefined) {
    throw problem;
  }
  return answerOf(command, status, text(stdout), text(stderr), error);
}

function answerOf(
  command: string,
  code: number | null,
  stdout: string,
  stderr: string,
  error: NodeJS.ErrnoException | undefined,
): Answer {
  const isMissing = error?.code === "ENOENT";
  return {
    ok: code === 0,
    stdout,
    stderr,
    isMissing,
    ...(error === undefined ? {} : { startProblem: startProblem(command, error) }),
  };
}
