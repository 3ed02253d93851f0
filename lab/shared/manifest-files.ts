import { existsSync } from "node:fs";
import { join } from "node:path";

/** What several labs have in common. */
export const SHARED_MANIFESTS = join(__dirname, "manifests");

/** The manifests there, without `.yaml`: of one that is missing, this says where it was. Kept equal to the folder by a test. */
export const SHARED_NAMES: readonly string[] = ["catalog", "expose-services", "webapp", "webapp-gateway"];

/**
 * Finds manifests by name: in the lab's own folder, else among those that labs share.
 * @param folder absolute path of the lab's `manifests`
 * @param names without `.yaml`
 */
export function manifestFiles(folder: string, names: readonly string[]): string[] {
  return names.map((name) => {
    const own = join(folder, `${name}.yaml`);
    return existsSync(own) || !SHARED_NAMES.includes(name) ? own : join(SHARED_MANIFESTS, `${name}.yaml`);
  });
}
