import type { Check, CheckCommand, Scenario } from "../../../infra/core/check";
import { runCheck, type SuiteOptions } from "./check-runner";
import { pasteable, runCommand, type Workstation } from "./command-runner";
import { describeAnswer, type CheckResult } from "./expectation";

/** How long a scenario's change, and putting it back, may take, in seconds. */
const CHANGE_SECONDS = 120;

/** Changes, checks, puts back, and checks that all is as before. */
export async function runScenario(
  scenario: Scenario,
  workstation: Workstation,
  options: SuiteOptions,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const check = async (one: Check) =>
    results.push(await runCheck(one, `${scenario.name}/${one.name}`, workstation, options));
  if (options.signal.aborted) {
    return results;
  }
  try {
    const change = await runChange(scenario, "change", scenario.change, workstation, options);
    results.push(...change);
    for (const one of change.length === 0 ? scenario.checks : []) {
      await check(one);
    }
  } finally {
    // Without the signal: what was changed is put back after Ctrl-C, too.
    results.push(
      ...(await runChange(scenario, "restore", scenario.restore, workstation, { onResult: options.onResult })),
    );
  }
  for (const one of scenario.afterwards) {
    await check(one);
  }
  return results;
}

/** A change that works is no result; one that does not is a failure. */
async function runChange(
  scenario: Scenario,
  word: "change" | "restore",
  command: CheckCommand,
  workstation: Workstation,
  { signal, onResult }: { readonly signal?: AbortSignal; readonly onResult: SuiteOptions["onResult"] },
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
    actual: describeAnswer(answer),
    command: pasteable(command, workstation),
  };
  onResult(result);
  return [result];
}
