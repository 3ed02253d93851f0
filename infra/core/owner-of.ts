import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Whose a folder is, by number. One that is not there yet belongs to who makes it; only root can make one in anybody's home, which then is whose the
 * nearest folder is that is there.
 * @param folder absolute path
 * @param user number of the user who runs this program
 * @returns undefined if it is nobody's yet
 */
export function ownerOf(folder: string, user: number | undefined): number | undefined {
  if (existsSync(folder)) {
    return statSync(folder).uid;
  }
  return user === 0 ? statSync(nearest(folder)).uid : undefined;
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}
