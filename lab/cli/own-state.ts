import { resolve } from "node:path";
import { strangersAt } from "../../infra/core/folder-owner";
import { stateFolder, type Environment } from "../../infra/core/paths";
import { UserError } from "./user-error";

/**
 * Call it before a verb writes into the state folder.
 * @param user number of the user who runs; other ones in tests
 * @throws UserError with exit code 2 that names the user whose folder it is
 */
export function assertOwnState(env: Environment = process.env, user = process.getuid?.()): void {
  const folder = resolve(stateFolder(env));
  const strangers = strangersAt(folder, user);
  if (strangers) {
    throw new UserError(
      `${folder}: the state folder is ${strangers.owner}'s, and this is ${strangers.user}; run it as ${strangers.owner}, or name a folder of your own in ISTIO_LAB_STATE`,
      2,
    );
  }
}
