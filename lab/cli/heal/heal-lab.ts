import { awaitClusters } from "./clusters";
import { startContainers } from "./containers";
import { startEngine } from "./engine";
import { runRepairs } from "./repairs";
import type { HealReport, HealScene, Mended } from "./scene";

type Stage = (scene: HealScene) => Promise<HealReport>;

/** Each stands on what the one before it has mended. */
const STAGES: readonly Stage[] = [(scene) => awaitClusters(scene), runRepairs];

/** What comes first where the machines of the lab are containers of this one. */
const LOCAL_STAGES: readonly Stage[] = [startEngine, startContainers];

/**
 * Mends a lab after a restart of its machines or of the Docker daemon; goes no further where a stage fails.
 * @throws UserError where the engine cannot be had
 */
export async function healLab(scene: HealScene): Promise<HealReport> {
  const mended: Mended[] = [];
  for (const stage of [...(scene.outputs.platform === "local" ? LOCAL_STAGES : []), ...STAGES]) {
    const report = await stage(scene);
    mended.push(...report.mended);
    if (report.failed.length > 0 || scene.signal.aborted) {
      return { mended, failed: report.failed };
    }
  }
  return { mended, failed: [] };
}

/** `nothing was to be done`, `2 things were mended`, `1 thing was mended, 1 could not be`. */
export function healSummary({ mended, failed }: HealReport): string {
  const things = `${mended.length === 1 ? "1 thing was" : `${mended.length} things were`} mended`;
  if (failed.length > 0) {
    return `${things}, ${failed.length} could not be`;
  }
  return mended.length === 0 ? "nothing was to be done" : things;
}
