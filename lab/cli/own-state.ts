import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { askNow } from "../../infra/core/child";
import { stateFolder, type Environment } from "../../infra/core/paths";
import { UserError } from "./user-error";

/**
 * Call it before a verb writes into the state folder: what root writes into a student's, e.g. by `sudo` with the student's HOME, the student can
 * neither change nor remove.
 * @param user number of the user who runs; other ones in tests
 * @throws UserError with exit code 2 that names the user whose folder it is
 */
export function assertOwnState(env: Environment = process.env, user = process.getuid?.()): void {
  const folder = resolve(stateFolder(env));
  const owner = ownerOf(folder, user);
  if (user !== undefined && owner !== undefined && owner !== user) {
    const [other, own] = [nameOf(owner), nameOf(user)];
    throw new UserError(
      `${folder}: the state folder is ${other}'s, and this is ${own}; run it as ${other}, or name a folder of your own in ISTIO_LAB_STATE`,
      2,
    );
  }
}

/**
 * Whose a folder is. One that is not there yet belongs to who makes it; only root can make one in anybody's home.
 * @returns undefined if it is nobody's yet
 */
function ownerOf(folder: string, user: number | undefined): number | undefined {
  if (existsSync(folder)) {
    return statSync(folder).uid;
  }
  return user === 0 ? statSync(nearest(folder)).uid : undefined;
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}

function nameOf(user: number): string {
  const { ok, stdout } = askNow("id", ["-un", String(user)]);
  return ok ? stdout.trim() : `user ${String(user)}`;
}
