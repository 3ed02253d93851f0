import { ownedName } from "../../../infra/core/names";
import { PROJECT } from "../pulumi/backend";
import { UserError } from "../ui/user-error";

/** The two names of one stack. */
export interface StackName {
  /** Name of folders, files, containers and labels, e.g. `dev`. */
  readonly short: string;
  /** What pulumi takes for `--stack`. Our own backend has one organization, so the short name is enough there. */
  readonly qualified: string;
}

/** The one organization of a backend that keeps its stacks in files. */
const FILE_ORGANIZATION = "organization";

/** Pulumi's own limit; a longer name is no file name on some systems either. */
const LONGEST = 100;

/**
 * Reads what `--stack` was given: `NAME`, `ORGANIZATION/NAME` or `ORGANIZATION/PROJECT/NAME`, as Pulumi does.
 * @param isOurs whether the backend is our own, which has one organization and no other project
 * @throws UserError if the name is not allowed, or is another project's
 */
export function parseStackName(given: string, isOurs: boolean): StackName {
  const parts = given.split("/");
  const short = parts.at(-1) ?? "";
  // It becomes the name of a folder that destroy removes: nothing like ".." may pass.
  if (parts.length > 3 || !parts.every((part) => /^[A-Za-z0-9][\w.-]*$/.test(part)) || short.length > LONGEST) {
    throw new UserError(
      `--stack: "${given}" given; up to ${LONGEST} letters, digits, "-", "_" and "." are allowed, e.g. dev`,
    );
  }
  const organization = parts.length > 1 ? parts[0] : undefined;
  const project = parts.length === 3 ? parts[1] : PROJECT;
  if (project !== PROJECT) {
    throw new UserError(`--stack: "${given}" given, a stack of the project ${project}; ${PROJECT} has only its own`);
  }
  if (!isOurs) {
    return { short, qualified: given };
  }
  if (organization !== undefined && organization !== FILE_ORGANIZATION) {
    throw new UserError(`--stack: "${given}" given; the stacks on this machine have no organization, write ${short}`);
  }
  return { short, qualified: short };
}

/**
 * Whether two stacks would give one name to their containers. Docker's names are lower case and have few special characters,
 * so `a.b`, `a_b` and `A-b` all become `a-b`.
 */
export function shareDockerName(one: string, other: string): boolean {
  const dockerName = (stack: string) => ownedName(stack, "", Number.POSITIVE_INFINITY);
  return dockerName(one) === dockerName(other);
}

/**
 * Call it before anything is made for a stack.
 * @param stacks names of the stacks that there are
 * @throws UserError if another one of them has the same name for Docker
 */
export function assertDistinctName(stack: string, stacks: readonly string[]): void {
  const twin = stacks.find((other) => other !== stack && shareDockerName(stack, other));
  if (twin !== undefined) {
    throw new UserError(
      `--stack: "${stack}" given; Docker would take it for stack "${twin}", which is there: choose another name`,
    );
  }
}
