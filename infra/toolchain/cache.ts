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
 * @throws Error if it is somebody else's, e.g. with `ISTIO_LAB_CACHE=$HOME`
 */
export function ensureCache(): string {
  const folder = cacheFolder();
  claimFolder(folder, undefined, isCache);
  return folder;
}

/** An earlier istio-lab made it, or this one has begun to. */
function isCache(names: readonly string[]): boolean {
  return (
    names.includes("toolchain.json") || names.every((name) => NAMES.includes(name) || /^npm-\w+\.lock$/.test(name))
  );
}
