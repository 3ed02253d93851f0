import type { LabOutputs } from "../../program/outputs";
import { ensureBackend } from "../pulumi/backend";
import { stateResources } from "../pulumi/checkpoint";
import { clearInterrupted } from "../pulumi/interrupted";
import { labCommand } from "../stack/lab-command";
import { withHeldLab } from "../stack/lab-of-stack";
import { expectedOf } from "../look/expected";
import { lookScene } from "../look/look";
import type { Missing } from "../look/missing";
import { confirmLosses } from "../update/losses";
import { INTERRUPTED } from "../pulumi/pulumi";
import type { Session } from "../pulumi/session";
import { writeStackConfig } from "../stack/stack-project";
import { standingLab } from "../stack/standing-lab";
import { onStopSignal } from "../pulumi/stop-signals";
import { terminalOf } from "../ui/terminal";
import { updateFailure, updateLab } from "../update/update";
import { UserError } from "../ui/user-error";
import { workstationOf } from "../verify/command-runner";
import { ScenarioNote } from "../verify/unfinished";
import { HealJournal } from "./journal";
import type { HealReport, HealScene } from "./scene";

/**
 * Repairs what does not hold of a lab; the stack has to be this process's alone.
 * @param work how: `healLab` or `settleLab`
 * @throws UserError if the engine is not available, if what is gone cannot be recreated, or if Ctrl-C came
 */
export async function healStack(
  session: Session,
  outputs: LabOutputs,
  work: (scene: HealScene) => Promise<HealReport>,
): Promise<HealReport> {
  const lab = await standingLab(outputs);
  const [repairs, { scenarios }] = await Promise.all([lab.repairs(outputs), lab.checks(outputs)]);
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
    work({
      owner: session.owner,
      outputs,
      repairs,
      scenarios,
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
  await confirmLosses(session, { missing, yes: false, repeat: labCommand("up", session, ["--yes"]) });
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
      `stack ${session.stack}: interrupted; what is repaired stays, ${labCommand("heal", session)} does the rest`,
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
