import { readOutputs } from "../stack/access";
import { assertMayWork, whileAlone } from "../stack/at-work";
import { openSession, type Session } from "../pulumi/session";
import { assertNodesRun, assertStanding } from "../stack/standing";
import type { LabOutputs } from "../../program/outputs";
import type { CheckSuite } from "../../../infra/core/check";
import { labCommand } from "../stack/lab-command";
import { unfinishedScenario } from "../verify/scenario-left";
import { standingLab } from "../stack/standing-lab";
import { onStopSignal } from "../pulumi/stop-signals";
import { elapsed, say, terminalOf } from "../ui/terminal";
import { UserError } from "../ui/user-error";
import { workstationOf } from "../verify/command-runner";
import { exitCodeOf, summaryOf, type CheckResult } from "../verify/expectation";
import { lossesOf } from "../verify/failure";
import { describeResult } from "../verify/result-lines";
import { runSuite, selectChecks } from "../verify/suite-runner";
import { ScenarioNote } from "../verify/unfinished";

/** Options of `verify`. */
export interface VerifyOptions {
  readonly stack?: string;
  readonly json?: boolean;
  readonly only?: string;
}

/** The names of scenarios stand for all their checks, so those are not listed one by one. */
function unknownName(name: string, { observations, scenarios }: CheckSuite): string {
  const names = [...observations, ...scenarios].map((one) => one.name);
  return `--only: "${name}" given, and no check has that name; this lab has ${names.join(", ")}`;
}

const WORK = { verb: "verify", undone: "nothing was checked" } as const;

/** `verify`: runs the lab's checks; exit 0 pass, 1 fail, 2 nothing was checked, 3 warnings only. */
export async function verify(options: VerifyOptions): Promise<void> {
  const session = openSession(options.stack);
  assertMayWork(session, WORK);
  const outputs = await readOutputs(session);
  const all = await (await standingLab(outputs)).checks(outputs);
  const suite = selectChecks(all, options.only);
  if (suite.observations.length + suite.scenarios.length === 0) {
    throw new UserError(options.only ? unknownName(options.only, all) : "this lab has no checks", 2);
  }
  await whileAlone(session, WORK, () => runChecks(session, outputs, suite, options));
}

async function runChecks(
  session: Session,
  outputs: LabOutputs,
  suite: CheckSuite,
  options: VerifyOptions,
): Promise<void> {
  const started = Date.now();
  const note = new ScenarioNote(session.stackFolder);
  assertNothingUnfinished(session, note);
  await assertStanding(session, outputs);
  await assertNodesRun(session, outputs);
  const abort = new AbortController();
  // A second one waits for the same: a scenario puts back what it has changed.
  const stop = onStopSignal(() => abort.abort());
  const onResult = (result: CheckResult) => {
    if (!options.json) {
      say(describeResult(result, terminalOf(process.stdout)));
    }
  };
  const workstation = workstationOf(outputs, session.env);
  const losses = lossesOf(session);
  const heal = labCommand("heal", session);
  const suiteOptions = { signal: abort.signal, onResult, note, losses, heal };
  const results = await runSuite(suite, workstation, suiteOptions).finally(stop);
  const seconds = (Date.now() - started) / 1000;
  const exitCode = abort.signal.aborted ? 130 : exitCodeOf(results);
  if (options.json) {
    say(JSON.stringify({ stack: session.stack, lab: outputs.lab, seconds, exitCode, results }, undefined, 2));
  } else {
    say(`\n${summaryOf(results)} in ${elapsed(seconds)}`);
  }
  process.exitCode = exitCode;
}

/** @throws UserError if an earlier `verify` was killed, or could not put back what it had changed: its checks would blame the lab for that */
function assertNothingUnfinished(session: Session, note: ScenarioNote): void {
  const name = note.unfinished();
  if (name !== undefined) {
    throw new UserError(`stack ${session.stack}: ${unfinishedScenario(session, name)}`);
  }
}
