import type { CheckCommand, Scenario } from "../../../infra/core/check";
import { runCheck, type SuiteOptions } from "./check-runner";
import { pasteable, runCommand, type Workstation } from "./command-runner";
import type { CheckResult } from "./expectation";
import { describeFailure } from "./failure";

/** How long a scenario's change, and putting it back, may take, in seconds. */
const CHANGE_SECONDS = 120;

/** Changes, checks, puts back, and checks that all is as before; changes nothing if something of the user's conflicts with it. */
export async function runScenario(
  scenario: Scenario,
  workstation: Workstation,
  options: SuiteOptions,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  if (options.signal.aborted) {
    return results;
  }
  const obstacle = await findObstacle(scenario, workstation, options);
  if (obstacle !== undefined) {
    options.onResult(obstacle);
    return [obstacle];
  }
  options.note?.begin(scenario.name);
  try {
    const change = await runChange(scenario, "change", scenario.change, workstation, options);
    results.push(...change);
    for (const one of change.length === 0 ? scenario.checks : []) {
      results.push(await runCheck(one, `${scenario.name}/${one.name}`, workstation, options));
    }
  } finally {
    results.push(...(await restoreScenario(scenario, workstation, options)));
  }
  return results;
}

/**
 * Puts back what a scenario has changed, and checks that all is as before.
 * @returns the failure of the restore, if it failed, and what was checked afterwards
 */
export async function restoreScenario(
  scenario: Scenario,
  workstation: Workstation,
  options: SuiteOptions,
): Promise<readonly CheckResult[]> {
  const results = [...(await runChange(scenario, "restore", scenario.restore, workstation, restoring(options)))];
  if (results.length === 0) {
    options.note?.end();
  }
  for (const one of scenario.afterwards) {
    results.push(await runCheck(one, `${scenario.name}/${one.name}`, workstation, options));
  }
  return results;
}

/** Without the signal: what was changed is put back after Ctrl-C, too. */
function restoring({ onResult, losses }: SuiteOptions): ChangeOptions {
  return { onResult, ...(losses ? { losses } : {}) };
}

/** @returns why the scenario is left out: a warning, or a failure if it cannot be told whether anything conflicts with it */
async function findObstacle(
  scenario: Scenario,
  workstation: Workstation,
  { signal, losses }: SuiteOptions,
): Promise<CheckResult | undefined> {
  const started = Date.now();
  const { inTheWay: command, wanted } = scenario.precondition;
  const answer = await runCommand(command, workstation, CHANGE_SECONDS, signal);
  const found = answer.stdout.trim();
  const isTold = answer.exitCode === 0;
  if (isTold && found === "") {
    return undefined;
  }
  return {
    name: `${scenario.name}/precondition`,
    outcome: signal.aborted ? "skipped" : isTold ? "warning" : "fail",
    seconds: (Date.now() - started) / 1000,
    shows: isTold ? "skipped: it would change something of yours, or fail because of it" : scenario.shows,
    source: "",
    expected: isTold ? wanted : "exit code 0",
    ...(isTold ? { actual: found } : await describeFailure(answer, losses)),
    command: pasteable(command, workstation),
  };
}

type ChangeOptions = Pick<SuiteOptions, "onResult" | "losses"> & Partial<Pick<SuiteOptions, "signal">>;

/** A change that works is no result; one that does not is a failure. */
async function runChange(
  scenario: Scenario,
  word: "change" | "restore",
  command: CheckCommand,
  workstation: Workstation,
  { signal, onResult, losses }: ChangeOptions,
): Promise<readonly CheckResult[]> {
  const started = Date.now();
  const answer = await runCommand(command, workstation, CHANGE_SECONDS, signal);
  if (answer.exitCode === 0) {
    return [];
  }
  const result: CheckResult = {
    name: `${scenario.name}/${word}`,
    outcome: signal?.aborted ? "skipped" : "fail",
    seconds: (Date.now() - started) / 1000,
    shows: scenario.shows,
    source: "",
    expected: "exit code 0",
    ...(await describeFailure(answer, losses)),
    command: pasteable(command, workstation),
  };
  onResult(result);
  return [result];
}
