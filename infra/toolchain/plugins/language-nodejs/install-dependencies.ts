import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { NPM_FLAGS, npmEnvironment } from "../../../core/child-environment";

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
  const args = [verb, ...NPM_FLAGS.filter((flag) => !withoutDevelopment || flag !== "--include=dev")];
  args.push(...(withoutDevelopment ? ["--omit=dev"] : []));
  const env = npmEnvironment(process.env);
  const child = spawn("npm", args, { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"], signal });
  child.stdout.on("data", output.stdout);
  child.stderr.on("data", output.stderr);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) {
    throw new Error(`npm ${args.join(" ")} in ${directory} failed with exit code ${String(code)}`);
  }
}
