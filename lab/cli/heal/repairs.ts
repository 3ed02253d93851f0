import type { Check, Repair } from "../../../infra/core/check";
import type { CheckResult } from "../verify/expectation";
import { look, runRemedy } from "./commands";
import type { HealReport, HealScene, Repaired } from "./scene";

/** How long a repair may take, in seconds. */
const REPAIR_SECONDS = 180;

/** How long something is given to show that an earlier repair has repaired it as well, in seconds. */
const REPAIRED_BY_NOW_SECONDS = 5;

/** What others wait for comes first; the rest follows even if that failed, since it may hold all the same. */
export async function runRepairs(scene: HealScene): Promise<HealReport> {
  const isFirst = (repair: Repair) => repair.isFirst === true;
  const first = await lookAndRepair(scene.repairs.filter(isFirst), scene);
  const rest = await lookAndRepair(
    scene.repairs.filter((repair) => !isFirst(repair)),
    scene,
  );
  return { repaired: [...first.repaired, ...rest.repaired], failed: [...first.failed, ...rest.failed] };
}

/** The first of them alone, before the rest can hold; what fails is looked at again by `runRepairs`. */
export async function runFirstRepairs(scene: HealScene): Promise<HealReport> {
  const { repaired } = await lookAndRepair(
    scene.repairs.filter(({ isFirst }) => isFirst === true),
    scene,
  );
  return { repaired, failed: [] };
}

/** Looks at everything side by side, then repairs what does not hold, one after another. */
async function lookAndRepair(repairs: readonly Repair[], scene: HealScene): Promise<HealReport> {
  const results = await look(
    repairs.map(({ wanted }) => wanted),
    scene,
  );
  const repaired: Repaired[] = [];
  const failed: CheckResult[] = [];
  for (const repair of repairs.filter((_, index) => results[index]?.outcome !== "pass")) {
    if (scene.signal.aborted || (repaired.length > 0 && (await holdsByNow(repair.wanted, scene)))) {
      continue;
    }
    const failure = await runRepair(repair, scene);
    if (failure) {
      failed.push(failure);
    } else {
      repaired.push({ name: repair.wanted.name, done: repair.done });
    }
  }
  return { repaired, failed };
}

async function holdsByNow(wanted: Check, scene: HealScene): Promise<boolean> {
  const deadlineSeconds = Math.min(wanted.deadlineSeconds, REPAIRED_BY_NOW_SECONDS);
  const [result] = await look([{ ...wanted, deadlineSeconds }], scene);
  return result?.outcome === "pass";
}

/** @returns what does not hold all the same */
async function runRepair({ wanted, repair, done }: Repair, scene: HealScene): Promise<CheckResult | undefined> {
  const failure = await runRemedy(wanted, repair, REPAIR_SECONDS, scene);
  if (failure) {
    return failure;
  }
  scene.journal.line(done, "green");
  const [again] = await look([wanted], scene);
  return again?.outcome === "pass" ? undefined : again;
}
