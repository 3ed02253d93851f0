import { ask } from "../../infra/core/child";
import { engineProblem, engineRemedy } from "../../infra/core/engine-problem";
import { UserError } from "./user-error";

/** How long the engine may take for an answer, in milliseconds. */
const PATIENCE = 60_000;

const NO_ANSWER = `no answer for ${PATIENCE / 1000} s`;

/** Environment of the docker client. */
export type DockerEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * Asks docker for a list.
 * @returns the lines of its answer; none if docker is not installed: then there are no containers either
 * @throws UserError if the engine does not answer
 */
export async function dockerLines(args: readonly string[], env: DockerEnvironment): Promise<readonly string[]> {
  const answer = await ask("docker", args, { env, timeoutMilliseconds: PATIENCE });
  if (answer.isMissing) {
    return [];
  }
  if (!answer.ok) {
    const said = answer.startProblem ?? answer.stderr.trim();
    const remedy = engineRemedy(said, process.env) ?? "start the engine: npm run lab -- setup";
    throw new UserError(`docker ${args[0] ?? ""}: ${engineProblem(said) || NO_ANSWER}; ${remedy}`);
  }
  return answer.stdout.split("\n").filter((line) => line !== "");
}
