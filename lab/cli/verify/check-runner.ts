import type { Check, CheckCommand } from "../../../infra/core/check";
import type { ScenarioNote } from "./unfinished";
import { realClock, type Clock } from "../../../infra/core/clock";
import { pasteable, runCommand, type Workstation } from "./command-runner";
import { describeAnswer, failureOutcome, unmet, type CheckResult, type CommandAnswer } from "./expectation";
import { describeFailure, type Loss } from "./failure";

/** Pause between two tries of a check, in milliseconds. */
const PAUSE = 300;

/** How a suite is run. */
export interface SuiteOptions {
  /** Ends the checks; what a scenario has changed is put back all the same. */
  readonly signal: AbortSignal;
  /** Told of each result as it comes. */
  readonly onResult: (result: CheckResult) => void;
  /** Where a scenario is noted while it has changed the lab. Default: nowhere. */
  readonly note?: ScenarioNote;
  /** What of the lab is gone; asked if a check fails. Default: nobody knows. */
  readonly losses?: () => Promise<Loss | undefined>;
  /** The line that repairs the lab, for what `heal` repairs. Default: none is named. */
  readonly heal?: string;
  /** What deadlines go by. Default: the real time */
  readonly clock?: Clock;
}

/** How long what may be the reason of a failure is looked for, in seconds. */
const CLUE_SECONDS = 15;

/** @returns what a command that looks for a reason has found; nothing if it could not tell */
async function found(
  command: CheckCommand | undefined,
  workstation: Workstation,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const answer = command && (await runCommand(command, workstation, CLUE_SECONDS, signal));
  const said = answer?.exitCode === 0 ? answer.stdout.trim() : "";
  return said === "" ? [] : [said];
}

/** What the result says of a check that something keeps from passing. */
function blocked(
  obstacles: readonly string[],
  { obstacle }: Check,
  answer: CommandAnswer,
  workstation: Workstation,
  heal: string | undefined,
): Pick<CheckResult, "actual" | "repair"> {
  const repair = obstacle?.remedy ? pasteable(obstacle.remedy, workstation) : heal;
  const actual = [...obstacles, describeAnswer(answer)].join("\n");
  return { actual, ...(repair === undefined ? {} : { repair }) };
}

/**
 * Repeats a check's command until it answers as expected or the deadline passes.
 * @param name the check's name, with its scenario's in front if it has one
 */
export async function runCheck(
  check: Check,
  name: string,
  workstation: Workstation,
  { signal, onResult, losses, heal, clock = realClock }: SuiteOptions,
): Promise<CheckResult> {
  const started = clock.now();
  const deadline = started + check.deadlineSeconds * 1000;
  const command = pasteable(check.command, workstation);
  const facts = { name, shows: check.shows, source: check.source, command };
  const seconds = () => (clock.now() - started) / 1000;
  const finish = (result: CheckResult) => {
    onResult(result);
    return result;
  };
  let answer: CommandAnswer | undefined;
  let problems: readonly string[] = [];
  let obstacles: readonly string[] | undefined;
  while (!signal.aborted) {
    const last = await runCommand(check.command, workstation, Math.max(0.1, (deadline - clock.now()) / 1000), signal);
    // A try that the deadline cut off says less than the whole one before it.
    if (answer === undefined || !last.timedOut) {
      answer = last;
      problems = unmet(check.expect, last);
    }
    if (problems.length === 0) {
      return finish({ ...facts, outcome: "pass", seconds: seconds() });
    }
    obstacles ??= await found(check.obstacle?.find, workstation, signal);
    const isHopeless = obstacles.length > 0 || check.givesUpAt?.test(answer.stdout) === true;
    if (isHopeless || clock.now() + PAUSE >= deadline) {
      const expected = problems.join(" and ");
      const failure =
        obstacles.length > 0
          ? blocked(obstacles, check, answer, workstation, heal)
          : await describeFailure(answer, losses, await found(check.clue, workstation, signal));
      return finish({ ...facts, outcome: failureOutcome(check), seconds: seconds(), expected, ...failure });
    }
    await clock.pause(PAUSE);
  }
  return finish({ ...facts, outcome: "skipped", seconds: seconds() });
}
