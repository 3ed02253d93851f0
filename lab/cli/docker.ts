import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { UserError } from "./user-error";

const run = promisify(execFile);

/** Environment of the docker client. */
export type DockerEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * Asks docker for a list.
 * @returns the lines of its answer; none where docker is not installed: then there are no containers either
 * @throws UserError where the engine does not answer
 */
export async function dockerLines(args: readonly string[], env: DockerEnvironment): Promise<readonly string[]> {
  try {
    const { stdout } = await run("docker", [...args], { env });
    return stdout.split("\n").filter((line) => line !== "");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      return [];
    }
    throw new UserError(`docker: ${message.trim()}; start the engine: npm run lab -- setup`);
  }
}
