import type { Checkpoint, UnreadableCheckpoint } from "./checkpoint";
import { labCommand } from "../stack/lab-command";
import type { Session } from "./session";
import { UserError } from "../ui/user-error";

/** Whether the file is there and cannot be read. */
export function isUnreadable(checkpoint: Checkpoint): checkpoint is UnreadableCheckpoint {
  return "problem" in checkpoint;
}

/** The file, and what is wrong with it. */
export function describeProblem({ state, file, problem }: UnreadableCheckpoint): string {
  if (state === "unknown") {
    return `nothing is known of it: ${problem}`;
  }
  return state === "damaged" ? `its state in ${file} is damaged: ${problem}` : `its state in ${file}: ${problem}`;
}

/** What the user is told of a state that cannot be read. */
export function unreadableState(session: Session, checkpoint: UnreadableCheckpoint): UserError {
  if (checkpoint.state === "unknown") {
    return new UserError(`stack ${session.stack}: ${describeProblem(checkpoint)}`);
  }
  const remedy =
    checkpoint.state === "damaged"
      ? `remove what it built, then build it again: ${labCommand("destroy", session)}`
      : "use the istio-lab that built it, or a newer one";
  return new UserError(`stack ${session.stack}: ${describeProblem(checkpoint)}; ${remedy}`);
}
