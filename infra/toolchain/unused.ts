import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "./files";
import type { PlannedStep } from "./step-graph";

/** Other versions of a step that nobody used for so long are removed: a root file system is hundreds of megabytes. */
const keptMilliseconds = 14 * 24 * 60 * 60 * 1_000;

/** Notes on the steps' results that they were used just now. */
export function markUsed(cache: string, plan: readonly PlannedStep[]): void {
  const now = new Date();
  for (const { folder } of plan) utimesSync(join(cache, "store", folder), now, now);
}

/**
 * Removes results of the same steps under other keys that were not used for two weeks: those of an older istio-lab.
 * Another version set or another checkout that is in use keeps its own.
 */
export function removeUnused(cache: string, plan: readonly PlannedStep[]): void {
  const store = join(cache, "store");
  const used = new Set(plan.map(({ folder }) => folder));
  const names = new Set(plan.map(({ step }) => step.name));
  for (const folder of readdirSync(store)) {
    const ofStep = names.has(folder.replace(/-[0-9a-f]{12}$/, ""));
    if (!ofStep || used.has(folder)) continue;
    if (Date.now() - statSync(join(store, folder)).mtimeMs > keptMilliseconds) removeTree(join(store, folder));
  }
}
