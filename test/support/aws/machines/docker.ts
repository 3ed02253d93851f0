import { execFile } from "node:child_process";

/** What a run of a program said. */
export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const MINUTE = 60_000;

/**
 * Runs `docker` and looks at how it ended.
 * @param words its arguments
 * @param timeout milliseconds after which it is ended. Default one minute
 */
export async function tryDocker(words: readonly string[], timeout: number = MINUTE): Promise<Answer> {
  return run("docker", words, { timeout });
}

/**
 * Runs `docker` and wants it to succeed.
 * @returns what it printed, without white space around it
 * @throws Error with Docker's own words
 */
export async function docker(words: readonly string[], timeout: number = MINUTE): Promise<string> {
  const { exitCode, stdout, stderr } = await tryDocker(words, timeout);
  if (exitCode !== 0) {
    throw new Error(`docker ${words.slice(0, 3).join(" ")}: exit code ${exitCode}\n${stderr}${stdout}`);
  }
  return stdout.trim();
}

/** How a program is run. */
export interface RunOptions {
  readonly timeout: number;
  /** Text for its standard input. Default none. */
  readonly input?: string;
}

/** Runs a program; one that does not exist or takes too long has the exit code -1. */
export async function run(program: string, words: readonly string[], options: RunOptions): Promise<Answer> {
  return new Promise((resolve) => {
    const settings = { timeout: options.timeout, killSignal: "SIGKILL" as const, maxBuffer: 64 << 20 };
    const child = execFile(program, [...words], settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ exitCode: code, stdout, stderr: code === -1 ? `${error?.message ?? ""}\n${stderr}` : stderr });
    });
    // A program that ends without reading is told by its exit code.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}
