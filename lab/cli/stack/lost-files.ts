import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { writeWhole } from "../../../infra/core/whole-file";
import { labCommand } from "./lab-command";
import type { Session } from "../pulumi/session";
import { UserError } from "../ui/user-error";

/** Whether a file of the stack's is not there, or holds nothing. */
export function isGone(file: string): boolean {
  return !(statSync(file, { throwIfNoEntry: false })?.size ?? 0);
}

/** Writes a file of the stack's again, for its owner alone: in place of an empty one, which others may be able to read. */
export function writeAgain(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeWhole(file, text);
}

/**
 * What the user is told of a file that cannot be written again.
 * @param without what should hold it, as a part of a sentence, e.g. `the state does not hold it`
 */
export function lostForGood(session: Session, file: string, without: string): UserError {
  const [destroy, up] = [labCommand("destroy", session), labCommand("up", session)];
  return new UserError(
    `stack ${session.stack}: ${file} is gone, and ${without}; build the lab again: ${destroy}, then ${up}`,
  );
}
