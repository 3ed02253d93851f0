import { join } from "node:path";
import { acquireLock, lockHolder, type Lock, type LockHolder } from "../../infra/toolchain/lock";
import { assertOwnState } from "./own-state";
import type { Session } from "./session";
import { ensureStackProject, stackProjectFolder } from "./stack-project";
import { UserError } from "./user-error";

/** A verb that needs a stack for itself. */
export interface Work {
  /** The verb, e.g. `heal`. */
  readonly verb: string;
  /** What is not done if another verb is at work, e.g. `nothing was removed`. */
  readonly undone: string;
}

/** The file of the stack's project folder that names the process which has the stack for itself. */
const WORK_FILE = "at-work.json";

/** What says that there is no room for the file, or that nothing may be written at all. */
const UNWRITABLE: readonly unknown[] = ["ENOSPC", "EDQUOT", "EROFS"];

/**
 * Call it before anything is asked or made. What a verb that was killed has left does not matter.
 * @throws UserError with exit code 2 that names the verb which is at work on the stack, and its process; or the user whose state folder it is
 */
export function assertMayWork(session: Session, { undone }: Pick<Work, "undone">): void {
  assertOwnState();
  const holder = lockHolder(fileOf(session));
  if (holder !== undefined && holder.pid !== process.pid) {
    throw busy(session, undone, holder);
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
    if (UNWRITABLE.includes((error as NodeJS.ErrnoException).code)) {
      return undefined;
    }
    throw error;
  }
}

function busy({ stack }: Session, undone: string, { pid, purpose = "istio-lab" }: LockHolder): UserError {
  const id = String(pid);
  return new UserError(
    `stack ${stack}: ${undone}, since ${purpose} (process ${id}) is at work on it; wait until it ends, or stop it: kill ${id}`,
    2,
  );
}

function fileOf({ stack }: Session): string {
  return join(stackProjectFolder(stack), WORK_FILE);
}
