import { spawn } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** How a command that is asked, rather than run for its effect, ended. */
export interface Answer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Asks a program something.
 * @param timeoutMilliseconds after which it is ended and counts as failed. Default 10 s
 * @returns `ok: false` also where the program is not there
 */
export function ask(command: string, args: readonly string[], timeoutMilliseconds = 10_000): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMilliseconds });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", (error) => resolve({ ok: false, stdout, stderr: error.message }));
    child.on("close", (code) => resolve({ ok: code === 0, stdout, stderr }));
  });
}

/**
 * Finds a program as a shell would.
 * @param searchPath value of PATH
 * @param ignored folder whose programs do not count: the toolchain's own
 * @returns its absolute path
 */
export function findProgram(
  name: string,
  searchPath = process.env["PATH"] ?? "",
  ignored?: string,
): string | undefined {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === "" || folder === ignored) continue;
    const file = join(folder, name);
    if (isExecutable(file) && !(ignored !== undefined && realpathSync(file).startsWith(join(ignored, "..") + "/")))
      return file;
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
