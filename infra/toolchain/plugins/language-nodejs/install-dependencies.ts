import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Installs a program's packages: `npm ci` where there is a lock file, else `npm install`.
 * @param output takes what npm writes, as it comes
 * @throws Error where npm is missing or fails
 */
export async function installDependencies(
  directory: string,
  withoutDevelopment: boolean,
  output: { readonly stdout: (data: Buffer) => void; readonly stderr: (data: Buffer) => void },
  signal: AbortSignal,
): Promise<void> {
  const verb = existsSync(join(directory, "package-lock.json")) ? "ci" : "install";
  const args = [verb, "--no-audit", "--no-fund", ...(withoutDevelopment ? ["--omit=dev"] : [])];
  const child = spawn("npm", args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"], signal });
  child.stdout.on("data", output.stdout);
  child.stderr.on("data", output.stderr);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) {
    throw new Error(`npm ${args.join(" ")} in ${directory} failed with exit code ${String(code)}`);
  }
}
