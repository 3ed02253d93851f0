import type { CheckSuite } from "../../../infra/core/check";
import { runCheck, type SuiteOptions } from "./check-runner";
import type { Workstation } from "./command-runner";
import type { CheckResult } from "./expectation";
import { runScenario } from "./scenario-runner";

/** Observations that run side by side: more would only wait for the lab's own processors. */
const SIDE_BY_SIDE = 4;

/**
 * Leaves only what the name asks for.
 * @param name of an observation, a scenario or one of its checks; undefined for all
 */
export function selectChecks(suite: CheckSuite, name: string | undefined): CheckSuite {
  if (name === undefined) {
    return suite;
  }
  return {
    observations: suite.observations.filter((check) => check.name === name),
    scenarios: suite.scenarios.filter(
      (scenario) =>
        scenario.name === name || scenario.checks.some((check) => `${scenario.name}/${check.name}` === name),
    ),
  };
}

/** Runs the observations side by side, then the scenarios one after another; results come in the suite's order. */
export async function runSuite(
  suite: CheckSuite,
  workstation: Workstation,
  options: SuiteOptions,
): Promise<readonly CheckResult[]> {
  const observed: CheckResult[] = [];
  const queue = [...suite.observations.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, check] = next;
      observed[index] = await runCheck(check, check.name, workstation, options);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  const results = [...observed];
  for (const scenario of suite.scenarios) {
    results.push(...(await runScenario(scenario, workstation, options)));
  }
  return results;
}
