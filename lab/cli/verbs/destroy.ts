import { assertNothingLeft } from "../cloud/left";
import { placeOf } from "../cloud/state";
import { assertMayWork, whileAlone } from "../stack/at-work";
import { readCheckpoint, removeCheckpoint } from "../pulumi/checkpoint";
import { unreadableState } from "../pulumi/unreadable-state";
import { companionsOf } from "../docker/companions";
import { confirm } from "../ui/confirm";
import { clearInterrupted } from "../pulumi/interrupted";
import {
  assertNobodyHangsOn,
  describeNamesake,
  listed,
  nothingThere,
  obstacleOf,
  removalOf,
  reportDestroyed,
} from "../destroy/destroy-messages";
import { containerNames, findLeftovers, type Leftovers } from "../docker/leftovers";
import { ownNames } from "../stack/own-names";
import { labCommand } from "../stack/lab-command";
import { UpdateProgress } from "../ui/progress";
import { INTERRUPTED, runUpdate } from "../pulumi/pulumi";
import { isNothingRented, sweep } from "../destroy/sweep";
import { openSession, stackExists, updateArguments, updateOptions, type Session } from "../pulumi/session";
import { volumesLeft, volumesOf } from "../docker/shared-volumes";
import { assertSameEngine } from "../stack/stack-engine";
import { forgetStack, hasStackFiles, removeStackFiles } from "../stack/stack-files";
import { ensureStackTools } from "../stack/stack-tools";
import { tell, terminalOf } from "../ui/terminal";
import { prepareState, sweepAlone } from "../pulumi/unwritable-state";
import { UserError } from "../ui/user-error";

/** Options of `destroy`. */
export interface DestroyOptions {
  readonly stack?: string;
  readonly json?: boolean;
  /** Do not ask. */
  readonly yes?: boolean;
}

const WORK = { verb: "destroy", undone: "nothing was removed" } as const;

/** `destroy`: removes a lab by Pulumi, then by its mark what Pulumi's state does not know, then the files. Exit 2: there is no such stack. */
export async function destroy(options: DestroyOptions): Promise<void> {
  const session = openSession(options.stack);
  const { stack, owner } = session;
  assertMayWork(session, WORK);
  await assertSameEngine(session);
  const found = await findLeftovers(owner, session.env);
  // To ask a backend of the user's makes the stack's project folder.
  const hadFiles = hasStackFiles(session);
  const isKnown = await stackExists(session);
  if (!isKnown && found.own.length === 0 && !hadFiles) {
    removeStackFiles(session, new Set());
    throw new UserError(nothingThere(stack, found.namesakes), 2);
  }
  const checkpoint = readCheckpoint(session);
  if (checkpoint.state === "newer" || checkpoint.state === "unknown") {
    throw unreadableState(session, checkpoint);
  }
  const own = containerNames(found.own);
  assertNobodyHangsOn(stack, WORK.undone, [...found.attached, ...(await companionsOf(own, own, session.env))]);
  await confirm({
    what: removalOf(session, found),
    question: `destroy stack ${stack}?`,
    yes: options.yes === true,
    repeat: labCommand("destroy", session, ["--yes"]),
  });
  await whileAlone(session, WORK, () => remove(session, found, options.json === true));
}

/** @param found what was there when the user was asked */
async function remove(session: Session, found: Leftovers, json: boolean): Promise<void> {
  const { stack, owner } = session;
  const place = placeOf(session);
  // Another one may have worked on the stack while we waited for the answer.
  const [checkpoint, isKnown] = [readCheckpoint(session), await stackExists(session)];
  // Before the state goes, which knows them.
  const names = await ownNames(session, found.own);
  const volumes = await volumesOf(containerNames(found.own), session.env);
  const obstacle = isKnown ? obstacleOf(session, checkpoint) : undefined;
  if (obstacle !== undefined) {
    tell(`stack ${stack}: ${obstacle.reason}; using the marks on what it created instead`);
  } else if (isKnown) {
    const full = prepareState(session);
    if (full !== undefined) {
      throw await sweepAlone(session, full);
    }
    await ensureStackTools(session);
    await clearInterrupted(session);
    await destroyByPulumi(session);
  }
  const onAws = place === undefined ? undefined : await assertNothingLeft(session, place);
  const swept = await sweep(session);
  if (obstacle !== undefined) {
    removeCheckpoint(obstacle.file);
  }
  const kept = removeStackFiles(session, names);
  // By the owner of before: with the last stack the state folder's id is gone.
  const { own, namesakes } = await findLeftovers(owner, session.env);
  if (own.length > 0) {
    throw new UserError(`stack ${stack}: still there: ${listed(own)}`);
  }
  namesakes.forEach((each) => tell(`left alone: ${describeNamesake(each)}`));
  const shared = await volumesLeft(volumes, session.env);
  reportDestroyed(session, { swept, kept, shared, onAws }, json);
}

/** Once more after a sweep if it fails: the obstacle may be gone then. */
async function destroyByPulumi(session: Session): Promise<void> {
  if ((await runDestroy(session, [])) !== 0) {
    if (!(await stackExists(session))) {
      tell(`stack ${session.stack}: another run has removed it meanwhile`);
      return;
    }
    tell("some resources could not be removed; removing the stack's containers and trying the rest again");
    await sweep(session);
    if ((await runDestroy(session, ["--continue-on-error"])) !== 0 && !isNothingRented(session)) {
      throw new UserError(
        `stack ${session.stack}: not destroyed; the reason is above. Repair it and run destroy again`,
      );
    }
  }
  // On the local platform nothing outlives its containers, so the state may be forgotten even if a step still fails.
  await forgetStack(session, { force: isNothingRented(session) });
}

async function runDestroy(session: Session, more: readonly string[]): Promise<number> {
  const progress = new UpdateProgress(process.stderr, terminalOf(process.stderr));
  const args = [...updateArguments(session, "destroy"), ...more];
  const result = await runUpdate(args, updateOptions(session), (event) => progress.handle(event));
  progress.stop();
  if (result.wasInterrupted) {
    throw new UserError(`stack ${session.stack}: interrupted; run destroy again`, INTERRUPTED);
  }
  if (result.exitCode !== 0 && result.stderr.trim() !== "") {
    tell(result.stderr.trim());
  }
  return result.exitCode;
}
