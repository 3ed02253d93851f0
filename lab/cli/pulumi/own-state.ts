import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import { strangersAt } from "../../../infra/core/folder-owner";
import { stateFolder, type Environment } from "../../../infra/core/paths";
import { UserError } from "../ui/user-error";

/**
 * Call it before a verb writes into the state folder.
 * @param user number of the user who runs; other ones in tests
 * @throws UserError with exit code 2 that names the user whose folder it is
 */
export function assertOwnState(env: Environment = process.env, user = process.getuid?.()): void {
  const problem = strangersState(env, user);
  if (problem !== undefined) {
    throw new UserError(problem, 2);
  }
}

/**
 * Says that the state folder is another user's, and what to do about it.
 * @param user as above
 * @returns undefined if it is the user's own, or not there yet
 */
export function strangersState(env: Environment = process.env, user = process.getuid?.()): string | undefined {
  const folder = resolve(stateFolder(env));
  const strangers = strangersAt(folder, user);
  if (strangers) {
    return `${folder}: the state folder is ${strangers.owner}'s, and this is ${strangers.user}; run it as ${strangers.owner}, or name a folder of your own in ISTIO_LAB_STATE`;
  }
  return undefined;
}

/**
 * Looks whether files may be read: one that may not tells nothing, and must not be taken for one that is not there or is damaged.
 * @param files absolute paths; those that are not there count as readable
 * @returns why not, and what to do about it; undefined if they may
 */
export function unreadableProblem(...files: readonly string[]): string | undefined {
  const file = files.find((each) => isRefused(each));
  return file === undefined
    ? undefined
    : `${file} may not be read; ${strangersState() ?? `allow it: chmod u+rX ${file}`}`;
}

function isRefused(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return false;
  } catch (error) {
    return ["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "");
  }
}
