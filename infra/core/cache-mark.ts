import { existsSync, readdirSync } from "node:fs";
import { claimFolder, MARKER_FILE, readMarker } from "./folder-marker";
import { ownerOf } from "./owner-of";

/** What bootstrap.mjs puts there while it installs the packages: no program of ours runs before that. */
const NPM_LOCK = /^npm-[0-9a-f]{12}\.lock$/;

/**
 * Tells from the names in a folder without a mark that istio-lab has begun to use it as its cache. Any other name may be the user's.
 * @param names without the mark's
 */
export function isBegunCache(names: readonly string[]): boolean {
  return names.every((name) => NPM_LOCK.test(name));
}

/**
 * Tells whether small files of ours may be written into a cache folder, and marks one that is new. A folder of the user's is none, and neither is one of another user, or in
 * another's home.
 * @param folder absolute path
 */
export function isOwnCache(folder: string): boolean {
  const user = process.getuid?.();
  const owner = ownerOf(folder, user);
  if (user !== undefined && owner !== undefined && owner !== user) {
    return false;
  }
  if (readMarker(folder) !== undefined) {
    return true;
  }
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.includes(MARKER_FILE) || !isBegunCache(names)) {
    return false;
  }
  claimFolder(folder, { isKnown: isBegunCache });
  return true;
}
