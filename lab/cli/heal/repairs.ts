import type { Check, Repair } from "../../../infra/core/check";
import type { CheckResult } from "../verify/expectation";
import { look, mend } from "./commands";
import type { HealReport, HealScene, Mended } from "./scene";

/** How long a repair may take, in seconds. */
const REPAIR_SECONDS = 180;

/** How long something is given to show that an earlier repair has mended it as well, in seconds. */
const MENDED_BY_NOW_SECONDS = 5;

/** Looks at everything that the lab wants side by side, then mends what does not hold, one after another. */
export async function runRepairs(scene: HealScene): Promise<HealReport> {
  const { repairs, signal } = scene;
  const results = await look(
    repairs.map(({ wanted }) => wanted),
    scene,
  );
  const mended: Mended[] = [];
  const failed: CheckResult[] = [];
  for (const repair of repairs.filter((_, index) => results[index]?.outcome !== "pass")) {
    if (signal.aborted || (mended.length > 0 && (await holdsByNow(repair.wanted, scene)))) {
      continue;
    }
    const failure = await runRepair(repair, scene);
    if (failure) {
      failed.push(failure);
    } else {
      mended.push({ name: repair.wanted.name, done: repair.done });
    }
  }
  return { mended, failed };
}

async function holdsByNow(wanted: Check, scene: HealScene): Promise<boolean> {
  const deadlineSeconds = Math.min(wanted.deadlineSeconds, MENDED_BY_NOW_SECONDS);
  const [result] = await look([{ ...wanted, deadlineSeconds }], scene);
  return result?.outcome === "pass";
}

/** @returns what does not hold all the same */
async function runRepair({ wanted, repair, done }: Repair, scene: HealScene): Promise<CheckResult | undefined> {
  const failure = await mend(wanted, repair, REPAIR_SECONDS, scene);
  if (failure) {
    return failure;
  }
  scene.journal.line(done, "green");
  const [again] = await look([wanted], scene);
  return again?.outcome === "pass" ? undefined : again;
}
