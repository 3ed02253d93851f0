import { isBegunCache } from "../core/cache-mark";
import { strangersAt } from "../core/folder-owner";
import { claimFolder } from "../core/folder-marker";
import { cacheFolder } from "../core/paths";
import { HERE } from "../core/workstation/surroundings";

/**
 * Makes and marks the cache folder, whose folder of tools is kept free of everything else.
 * @returns its absolute path
 * @throws Error if it is somebody else's, e.g. with `ISTIO_LAB_CACHE=$HOME`, or if root would write into another user's
 */
export function ensureCache(): string {
  const folder = cacheFolder();
  const strangers = HERE.isRoot ? strangersAt(folder) : undefined;
  if (strangers) {
    throw new Error(
      `${folder}: the cache folder is ${strangers.owner}'s, and this is ${strangers.user}; run it as ${strangers.owner}, or name a folder of your own in ISTIO_LAB_CACHE`,
    );
  }
  claimFolder(folder, { isKnown: isBegunCache });
  return folder;
}
