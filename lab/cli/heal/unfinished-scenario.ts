import type { HealReport, HealScene } from "./scene";
import { restoreScenario } from "../verify/scenario-runner";

/** Puts back what a scenario of an interrupted `verify` has changed. */
export async function putBackScenario({
  scenarios,
  note,
  workstation,
  signal,
  journal,
}: Pick<HealScene, "scenarios" | "note" | "workstation" | "signal" | "journal">): Promise<HealReport> {
  const name = note.unfinished();
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) {
    // A scenario that this checkout does not know, nobody can put back.
    note.end();
    return { repaired: [], failed: [] };
  }
  const done = `what the interrupted scenario ${scenario.name} had changed was put back`;
  const options = { signal, note, onResult: () => undefined };
  const results = await journal.during(new Set([scenario.name]), restoreScenario(scenario, workstation, options));
  const failed = results.filter(({ outcome }) => outcome === "fail");
  if (failed.length === 0) {
    journal.line(done, "green");
  }
  return { repaired: failed.length === 0 ? [{ name: scenario.name, done }] : [], failed };
}
