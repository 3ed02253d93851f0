import type { Check, CheckCommand } from "../../../infra/core/check";
import { pasteable, runCommand } from "../verify/command-runner";
import { describeAnswer, type CheckResult } from "../verify/expectation";
import { runSuite } from "../verify/suite-runner";
import type { HealReport, HealScene, Repaired } from "./scene";

/** What of a scene a command needs. */
export type CommandScene = Pick<HealScene, "workstation" | "signal" | "journal">;

/** Looks at several things side by side, each until it holds or its deadline passes; results keep the order. */
export function look(
  checks: readonly Check[],
  { workstation, signal, journal }: CommandScene,
): Promise<readonly CheckResult[]> {
  const open = new Set(checks.map(({ name }) => name));
  const onResult = (result: CheckResult) => {
    open.delete(result.name);
    journal.result(result);
  };
  const suite = { observations: checks, scenarios: [] };
  return journal.during(open, runSuite(suite, workstation, { signal, onResult }));
}

/**
 * Runs a command that repairs something.
 * @param wanted what it is for
 * @param seconds how long it may take
 * @returns the failure with the command's own words; undefined if it worked
 */
export async function runRemedy(
  wanted: Pick<Check, "name" | "shows" | "source">,
  command: CheckCommand,
  seconds: number,
  { workstation, signal, journal }: CommandScene,
): Promise<CheckResult | undefined> {
  const started = Date.now();
  const { name, shows, source } = wanted;
  const answer = await journal.during(new Set([name]), runCommand(command, workstation, seconds, signal));
  if (answer.exitCode === 0) {
    return undefined;
  }
  journal.line(`${name}: the repair failed`, "yellow");
  return {
    name,
    shows,
    source,
    outcome: signal.aborted ? "skipped" : "fail",
    seconds: (Date.now() - started) / 1000,
    expected: "the repair ends with exit code 0",
    actual: describeAnswer(answer),
    command: pasteable(command, workstation),
  };
}

/** A repair of a container on this machine's engine. */
export interface ContainerDeed {
  readonly container: string;
  /** What it is for, as a sentence. */
  readonly shows: string;
  /** Bash text for this machine. */
  readonly run: string;
  /** How long it may take, in seconds. */
  readonly seconds: number;
  /** What was then done, as a sentence in the past tense. */
  readonly done: string;
}

/** Repairs containers one after another, and tells each. */
export async function repairContainers(deeds: readonly ContainerDeed[], scene: CommandScene): Promise<HealReport> {
  const repaired: Repaired[] = [];
  const failed: CheckResult[] = [];
  for (const { container: name, shows, run, seconds, done } of scene.signal.aborted ? [] : deeds) {
    const failure = await runRemedy({ name, shows, source: "" }, { on: "workstation", run }, seconds, scene);
    if (failure) {
      failed.push(failure);
    } else {
      repaired.push({ name, done });
      scene.journal.line(done, "green");
    }
  }
  return { repaired, failed };
}
