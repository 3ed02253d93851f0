import { strangersAt } from "../core/folder-owner";
import { claimFolder } from "../core/folder-marker";
import { cacheFolder } from "../core/paths";

/** What lies in a cache folder. */
const NAMES = [
  ...["bin", "check", "engine", "logs", "partial", "pulumi-home", "running", "settings", "store", "work"],
  ...["engine.lock", "setup.json", "source.json", "toolchain.json"],
];

/**
 * Makes and marks the cache folder, whose folder of tools is kept free of everything else.
 * @returns its absolute path
 * @throws Error if it is somebody else's, e.g. with `ISTIO_LAB_CACHE=$HOME`, or if root would write into another user's
 */
export function ensureCache(): string {
  const folder = cacheFolder();
  const strangers = process.getuid?.() === 0 ? strangersAt(folder) : undefined;
  if (strangers) {
    throw new Error(
      `${folder}: the cache folder is ${strangers.owner}'s, and this is ${strangers.user}; run it as ${strangers.owner}, or name a folder of your own in ISTIO_LAB_CACHE`,
    );
  }
  claimFolder(folder, { isKnown: isCache });
  return folder;
}

/** Names that no other program's folder has. */
const TELLING = [/^source\.json$/, /^pulumi-home$/, /^settings$/, /^npm-[0-9a-f]{12}\.lock$/];

/** An earlier istio-lab made it, or this one has begun to: nothing else is in it, and something that only we put there. */
function isCache(names: readonly string[]): boolean {
  const isTelling = (name: string) => TELLING.some((pattern) => pattern.test(name));
  return names.some(isTelling) && names.every((name) => NAMES.includes(name) || isTelling(name));
}
