import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Options that install into the program's folder all that it needs, whatever a npmrc or NODE_ENV says. */
const WHOLE = [
  "--include=optional",
  "--global=false",
  "--dry-run=false",
  "--package-lock-only=false",
  "--no-audit",
  "--no-fund",
];

/**
 * Installs a program's packages: `npm ci` if there is a lock file, else `npm install`.
 * @param output takes what npm writes, as it comes
 * @throws Error if npm is missing or fails
 */
export async function installDependencies(
  directory: string,
  withoutDevelopment: boolean,
  output: { readonly stdout: (data: Buffer) => void; readonly stderr: (data: Buffer) => void },
  signal: AbortSignal,
): Promise<void> {
  const verb = existsSync(join(directory, "package-lock.json")) ? "ci" : "install";
  const args = [verb, ...WHOLE, withoutDevelopment ? "--omit=dev" : "--include=dev"];
  const child = spawn("npm", args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"], signal });
  child.stdout.on("data", output.stdout);
  child.stderr.on("data", output.stderr);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) {
    throw new Error(`npm ${args.join(" ")} in ${directory} failed with exit code ${String(code)}`);
  }
}
