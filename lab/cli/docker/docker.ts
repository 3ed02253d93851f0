import { ask } from "../../../infra/core/child";
import { engineProblem, engineRemedy } from "../../../infra/core/engine-problem";
import { UserError } from "../ui/user-error";

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
  return linesOf(answer.stdout);
}

/**
 * Asks docker for something of each of some containers; one that is gone meanwhile is left out.
 * @param format a template of Go, e.g. `{{json .Name}}`
 * @returns the lines of its answer that are not empty
 */
export async function inspectContainers(
  names: readonly string[],
  format: string,
  env: DockerEnvironment,
): Promise<readonly string[]> {
  if (names.length === 0) {
    return [];
  }
  const words = ["container", "inspect", "--format", format, ...names];
  const { stdout } = await ask("docker", words, { env, timeoutMilliseconds: PATIENCE });
  return linesOf(stdout);
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
