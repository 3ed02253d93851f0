import type { LabOutputs } from "../../outputs";
import { readOutputs } from "../access";
import { assertMayWork, whileAlone } from "../at-work";
import { healLab, healSummary } from "../heal/heal-lab";
import { HealJournal } from "../heal/journal";
import type { HealReport } from "../heal/scene";
import { ensureBackend } from "../backend";
import { clearInterrupted } from "../interrupted";
import { stateResources } from "../checkpoint";
import { expectedOf } from "../look/expected";
import { lookScene } from "../look/look";
import type { Missing } from "../look/missing";
import { confirmLosses } from "../losses";
import { INTERRUPTED } from "../pulumi";
import { labCommand } from "../lab-command";
import { withHeldLab } from "../lab-of-stack";
import { openSession, type Session } from "../session";
import { assertSameEngine } from "../stack-engine";
import { onStopSignal } from "../stop-signals";
import { writeStackConfig } from "../stack-project";
import { updateFailure, updateLab } from "../update";
import { ScenarioNote } from "../verify/unfinished";
import { standingLab } from "../standing-lab";
import { elapsed, say, terminalOf } from "../terminal";
import { UserError } from "../user-error";
import { workstationOf } from "../verify/command-runner";
import { describeResult } from "../verify/result-lines";
import type { ShowOptions } from "./inspect";

const WORK = { verb: "heal", undone: "nothing was repaired" } as const;

/** `heal`: repairs a lab after a restart; exit 0 everything holds, 1 something could not be repaired, 2 no lab stands. */
export async function heal(options: ShowOptions): Promise<void> {
  const started = Date.now();
  const session = openSession(options.stack);
  assertMayWork(session, WORK);
  const outputs = await readOutputs(session);
  await assertSameEngine(session);
  const report = await whileAlone(session, WORK, () => repair(session, outputs));
  const seconds = (Date.now() - started) / 1000;
  process.exitCode = report.failed.length > 0 ? 1 : 0;
  if (options.json) {
    say(JSON.stringify({ stack: session.stack, lab: outputs.lab, seconds, ...report }, undefined, 2));
    return;
  }
  for (const failure of report.failed) {
    say(describeResult(failure, terminalOf(process.stdout)));
  }
  say(`${healSummary(report)} (${elapsed(seconds)})`);
}

async function repair(session: Session, outputs: LabOutputs): Promise<HealReport> {
  const { repairs, checks } = await standingLab(outputs);
  const lookAgain = () => {
    const made = lookScene(session);
    const standing = made ?? {
      session,
      outputs,
      expected: expectedOf(stateResources(session) ?? [], outputs.clusters),
    };
    return { made, standing };
  };
  return await untilInterrupted(session, (signal) =>
    healLab({
      owner: session.owner,
      outputs,
      repairs: repairs(outputs),
      scenarios: checks(outputs).scenarios,
      note: new ScenarioNote(session.stackFolder),
      ...lookAgain(),
      lookAgain,
      bringBack: (missing) => bringBack(session, missing),
      workstation: workstationOf(outputs, session.env),
      signal,
      journal: new HealJournal(process.stderr, terminalOf(process.stderr)),
    }),
  );
}

/** @throws UserError if the update fails */
async function bringBack(session: Session, missing: readonly Missing[]): Promise<void> {
  ensureBackend();
  writeStackConfig(session.stack, withHeldLab(session));
  await clearInterrupted(session);
  // Settings may have changed since the last `up`.
  await confirmLosses(session, { yes: false, repeat: labCommand("up", session, ["--yes"]) });
  const { result } = await updateLab(session, { missing });
  if (result.exitCode !== 0) {
    throw updateFailure(session, result);
  }
}

/** @throws UserError if Ctrl-C came, which also ends the programs that are asked just then: what they did not answer is no reason */
async function untilInterrupted(
  session: Session,
  task: (signal: AbortSignal) => Promise<HealReport>,
): Promise<HealReport> {
  const abort = new AbortController();
  const stop = onStopSignal(() => abort.abort());
  const stopped = () =>
    new UserError(
      `stack ${session.stack}: stopped half-way; what is repaired stays, ${labCommand("heal", session)} does the rest`,
      INTERRUPTED,
    );
  try {
    const report = await task(abort.signal);
    abort.signal.throwIfAborted();
    return report;
  } catch (error) {
    throw abort.signal.aborted ? stopped() : error;
  } finally {
    stop();
  }
}
