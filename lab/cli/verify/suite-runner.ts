import { setTimeout as sleep } from "node:timers/promises";
import type { Check, CheckCommand, CheckSuite, Scenario } from "../../../infra/core/check";
import { pasteable, runCommand, type Workstation } from "./command-runner";
import { describeAnswer, failureOutcome, unmet, type CheckResult, type CommandAnswer } from "./expectation";

/** Observations that run side by side: more would only wait for the lab's own processors. */
const SIDE_BY_SIDE = 4;

/** How long a scenario's change, and putting it back, may take, in seconds. */
const CHANGE_SECONDS = 120;

/** Pause between two tries of a check, in milliseconds. */
const PAUSE = 300;

/** How a suite is run. */
export interface SuiteOptions {
  /** Ends the checks; what a scenario has changed is put back all the same. */
  readonly signal: AbortSignal;
  /** Told of each result as it comes. */
  readonly onResult: (result: CheckResult) => void;
}

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

/** Repeats a check's command until it answers as expected or the deadline passes. */
async function runCheck(
  check: Check,
  name: string,
  workstation: Workstation,
  { signal, onResult }: SuiteOptions,
): Promise<CheckResult> {
  const started = Date.now();
  const deadline = started + check.deadlineSeconds * 1000;
  const facts = { name, shows: check.shows, source: check.source };
  const seconds = () => (Date.now() - started) / 1000;
  const finish = (result: CheckResult) => {
    onResult(result);
    return result;
  };
  let answer: CommandAnswer | undefined;
  let problems: readonly string[] = [];
  while (!signal.aborted) {
    const last = await runCommand(check.command, workstation, Math.max(0.1, (deadline - Date.now()) / 1000), signal);
    // A try that the deadline cut off says less than the whole one before it.
    if (answer === undefined || !last.timedOut) {
      answer = last;
      problems = unmet(check.expect, last);
    }
    if (problems.length === 0) {
      return finish({ ...facts, outcome: "pass", seconds: seconds() });
    }
    if (Date.now() + PAUSE >= deadline) {
      const [expected, actual] = [problems.join(" and "), describeAnswer(answer)];
      const command = pasteable(check.command, workstation);
      return finish({ ...facts, outcome: failureOutcome(check), seconds: seconds(), expected, actual, command });
    }
    await sleep(PAUSE);
  }
  return finish({ ...facts, outcome: "skipped", seconds: seconds() });
}

/** Changes, checks, puts back, and checks that all is as before. */
async function runScenario(
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
