import { platformNamed } from "../../program/platforms/platforms";
import { awaitClusters, reviveClusters } from "./clusters";
import { startContainers } from "./containers";
import { startEngine } from "./engine";
import { bringBackObjects, bringBackThings } from "./gone";
import { restoreNetworks } from "./lost-networks";
import { plugIn } from "./networks";
import { restoreFiles } from "./files";
import { startNodeServices } from "./node-services";
import { completeState } from "./state";
import { awaitReady, makeReady } from "./ready";
import { putBackFirst } from "./remedies";
import { runFirstRepairs, runRepairs } from "./repairs";
import { restoreRoot } from "./root";
import { renewSidecars } from "./sidecars";
import { putBackScenario } from "./unfinished-scenario";
import { tellUsersChoices } from "./users-objects";
import type { HealReport, HealScene, Repaired } from "./scene";

type Stage = (scene: HealScene) => Promise<HealReport>;

/** Each stands on what the one before it has repaired. */
const STAGES: readonly Stage[] = [
  putBackFirst,
  bringBackObjects,
  readyAndRenewed,
  restoreRoot,
  renewSidecars,
  putBackScenario,
  finish,
];

/** What a VM proves itself with needs the API server alone: it is renewed while pods start, which takes half a minute after a restart. */
async function readyAndRenewed(scene: HealScene): Promise<HealReport> {
  const [ready, first] = await Promise.all([makeReady(scene), runFirstRepairs(scene)]);
  return { repaired: [...first.repaired, ...ready.repaired], failed: ready.failed };
}

/** What the user has chosen is told even if a repair fails, which may be why. */
async function finish(scene: HealScene): Promise<HealReport> {
  const { repaired, failed } = await runRepairs(scene);
  return { repaired, failed: [...failed, ...(await tellUsersChoices(scene)).failed] };
}

/** What comes first if the machines of the lab are containers of this machine's engine. */
const ENGINE_STAGES: readonly Stage[] = [
  startEngine,
  completeState,
  restoreFiles,
  restoreNetworks,
  plugIn,
  startContainers,
  bringBackThings,
  startNodeServices,
  reviveClusters,
];

/** What comes first elsewhere. */
const OTHER_STAGES: readonly Stage[] = [completeState, restoreFiles, (scene) => awaitClusters(scene)];

/**
 * Repairs a lab after a restart of its machines or of the Docker daemon, or after somebody took a piece of it away; goes no further if a stage fails.
 * @throws UserError if the engine is not available, or what is gone cannot be recreated
 */
export function healLab(scene: HealScene): Promise<HealReport> {
  return runStages(scene, [
    ...(platformNamed(scene.outputs.platform).isOnEngine ? ENGINE_STAGES : OTHER_STAGES),
    ...STAGES,
  ]);
}

/**
 * Waits for what runs in containers that have just been started, and repairs what does not come back by itself. What the user has scaled, cordoned or
 * edited stays.
 * @throws UserError if a cluster does not answer
 */
export function settleLab(scene: HealScene): Promise<HealReport> {
  return runStages(scene, [awaitReady, runRepairs]);
}

async function runStages(scene: HealScene, stages: readonly Stage[]): Promise<HealReport> {
  const repaired: Repaired[] = [];
  let current = scene;
  for (const stage of stages) {
    const report = await stage(current);
    repaired.push(...report.repaired);
    if (report.failed.length > 0 || scene.signal.aborted) {
      return { repaired, failed: report.failed };
    }
    current = report.repaired.length > 0 ? { ...current, ...current.lookAgain() } : current;
  }
  return { repaired, failed: [] };
}

/** `there was nothing to do`, `2 things were repaired`, `1 thing was repaired, 1 could not be`. */
export function healSummary({ repaired, failed }: HealReport): string {
  const things = `${repaired.length === 1 ? "1 thing was" : `${repaired.length} things were`} repaired`;
  if (failed.length > 0) {
    return `${things}, ${failed.length} could not be`;
  }
  return repaired.length === 0 ? "there was nothing to do" : things;
}
