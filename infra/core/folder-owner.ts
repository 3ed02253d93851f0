import { resolve } from "node:path";
import { askNow } from "./child";
import { ownerOf } from "./owner-of";

/** Names of two users. */
export interface Strangers {
  /** Whose the folder is. */
  readonly owner: string;
  /** Who runs this program. */
  readonly user: string;
}

/**
 * Tells whether a folder is another user's: what root writes there, e.g. by `sudo` with a student's HOME, the student can neither change nor remove.
 * @param folder a folder that is not there yet belongs to who makes it; only root can make one in anybody's home
 * @param user number of the user who runs this program; other ones in tests
 * @returns undefined if it is the user's own, nobody's yet, or if the system has no such numbers
 */
export function strangersAt(folder: string, user = process.getuid?.()): Strangers | undefined {
  const owner = ownerOf(resolve(folder), user);
  return user === undefined || owner === undefined || owner === user
    ? undefined
    : { owner: nameOf(owner), user: nameOf(user) };
}

function nameOf(user: number): string {
  // The environment that others get has settings files in the cache, which is what must not be written to.
  const env = { PATH: process.env["PATH"] ?? "" };
  const { ok, stdout } = askNow("id", ["-un", String(user)], { env });
  return ok ? stdout.trim() : `user ${String(user)}`;
}
