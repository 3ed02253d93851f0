import { movedFrom } from "../../../infra/core/folder-marker";
import { shellWord } from "../../../infra/core/shell";
import type { Session } from "./session";
import { UserError } from "../ui/user-error";

/**
 * A lab's outputs and its state name kubeconfigs and keys by their paths. Without those files kubectl would ask whatever listens on localhost:8080.
 * `destroy` works all the same.
 * @throws UserError if the state folder was moved since the lab was built, and no link leads to it from where it was
 */
export function assertNotMoved({ stack, owner: { stateFolder } }: Session): void {
  const original = movedFrom(stateFolder);
  if (original !== undefined) {
    throw new UserError(
      `stack ${stack}: its state folder was moved from ${original} to ${stateFolder}, and the lab's files are known by their paths there; ` +
        `move it back, or link it: ln -s ${shellWord(stateFolder)} ${shellWord(original)}`,
    );
  }
}
