import { join } from "node:path";
import {
  acquireLock,
  HiddenHolderError,
  isHidden,
  lockHolder,
  type Lock,
  type LockHolder,
} from "../../../infra/core/lock";
import { waitAdvice } from "../../../infra/core/workstation/processes";
import { unwritable } from "../ui/file-error";
import { assertOwnState } from "../pulumi/own-state";
import type { Session } from "../pulumi/session";
import { ensureStackProject, stackProjectFolder } from "./stack-project";
import { UserError } from "../ui/user-error";

/** A verb that needs a stack for itself. */
export interface Work {
  /** The verb, e.g. `heal`. */
  readonly verb: string;
  /** What is not done if another verb is at work, e.g. `nothing was removed`. */
  readonly undone: string;
}

/** The file of the stack's project folder that names the process which has the stack for itself. */
const WORK_FILE = "at-work.json";

/**
 * Call it before anything is asked or made. What a verb that was killed has left does not matter.
 * @throws UserError with exit code 2 that names the verb which is at work on the stack, and its process; or the user whose state folder it is
 */
export function assertMayWork(session: Session, { undone }: Pick<Work, "undone">): void {
  assertOwnState();
  const holder = holderOf(session);
  if (holder !== undefined) {
    throw busy(session, undone, holder);
  }
}

/**
 * The verb that is at work on a stack at this moment, e.g. `up (process 4711)`: what of the stack is there says little then.
 * @returns undefined if none is, or this process itself
 */
export function workOf(session: Session): { readonly verb: string; readonly named: string } | undefined {
  const holder = holderOf(session);
  return holder && { verb: holder.purpose ?? ISTIO_LAB, named: nameOf(holder) };
}

/**
 * Call it before a stack is said to be incomplete.
 * @throws UserError with exit code 2 that names the verb which is at work on it
 */
export function assertNobodyAtWork(session: Session): void {
  const holder = holderOf(session);
  if (holder !== undefined) {
    throw new UserError(`stack ${session.stack}: ${nameOf(holder)} is at work on it; ${adviceOn(session, holder)}`, 2);
  }
}

/**
 * Has the stack for itself while a task runs: two verbs at once would undo what the other one has just done.
 * Makes the stack's project folder.
 * @throws UserError with exit code 2 if another process is at work on the stack, and what the task throws
 */
export async function whileAlone<T>(session: Session, work: Work, task: () => Promise<T>): Promise<T> {
  const lock = await take(session, work);
  try {
    return await task();
  } finally {
    lock?.release();
  }
}

/** @returns undefined if the file cannot be written: a full disk must not keep anybody from removing a lab */
async function take(session: Session, { verb, undone }: Work): Promise<Lock | undefined> {
  const onWait = (holder: LockHolder) => {
    throw busy(session, undone, holder);
  };
  try {
    ensureStackProject(session.stack);
    return await acquireLock(fileOf(session), { purpose: verb, onWait });
  } catch (error) {
    if (unwritable(error) !== undefined) {
      return undefined;
    }
    throw error instanceof HiddenHolderError ? busy(session, undone, error.holder) : error;
  }
}

/** What an earlier istio-lab is called, which did not note its verb. */
const ISTIO_LAB = "istio-lab";

function holderOf(session: Session): LockHolder | undefined {
  const holder = lockHolder(fileOf(session));
  return holder?.pid === process.pid && !isHidden(holder) ? undefined : holder;
}

function busy(session: Session, undone: string, holder: LockHolder): UserError {
  return new UserError(
    `stack ${session.stack}: ${undone}, since ${nameOf(holder)} is at work on it; ${adviceOn(session, holder)}`,
    2,
  );
}

function nameOf({ pid, purpose = ISTIO_LAB }: LockHolder): string {
  return `${purpose} (process ${String(pid)})`;
}

function adviceOn(session: Session, holder: LockHolder): string {
  return isHidden(holder)
    ? `it is a process of another container, which cannot be seen from here: wait until it ends, or if it has ended, remove ${fileOf(session)}`
    : waitAdvice(holder.pid);
}

function fileOf({ stack }: Session): string {
  return join(stackProjectFolder(stack), WORK_FILE);
}
