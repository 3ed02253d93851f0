import { workOf } from "../stack/at-work";
import { labCommand } from "../stack/lab-command";
import type { Session } from "../pulumi/session";
import { tell } from "../ui/terminal";
import { ScenarioNote } from "./unfinished";

/** What an earlier `verify` has not put back, and how to do it: it was killed, or it failed. */
export function unfinishedScenario(session: Session, name: string): string {
  return `an earlier verify has not reverted what its scenario ${name} changed in the lab; run: ${labCommand("heal", session)}`;
}

/** The scenario that has changed the lab; undefined if none has. */
export function scenarioName({ stackFolder }: Session): string | undefined {
  return new ScenarioNote(stackFolder).unfinished();
}

/** Tells the user on stderr that a scenario has changed the lab, if one has. */
export function tellOfScenario(session: Session): void {
  const problem = scenarioProblem(session);
  if (problem !== undefined) {
    tell(`stack ${session.stack}: ${problem}`);
  }
}

/**
 * Says of a lab that it is not as `up` has built it, because of a scenario of `verify`.
 * @returns undefined if no scenario has changed it
 */
export function scenarioProblem(session: Session): string | undefined {
  const name = scenarioName(session);
  if (name === undefined) {
    return undefined;
  }
  const work = workOf(session);
  return work === undefined
    ? unfinishedScenario(session, name)
    : `the lab is changed by the scenario ${name} at this moment: ${work.named} is at work on it`;
}
