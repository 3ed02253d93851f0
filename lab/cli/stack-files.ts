import { rmSync } from "node:fs";
import { ownStacks, removeOwnBackend } from "./backend";
import { stackCommand, type Session } from "./session";
import { stackProjectFolder } from "./stack-project";
import { UserError } from "./user-error";

/**
 * Removes a stack from its backend.
 * @param options.force also where resources are left in its state
 * @throws UserError with Pulumi's own words where Pulumi refuses
 */
export async function forgetStack(session: Session, options: { readonly force: boolean }): Promise<void> {
  const removed = await stackCommand(session, ["stack", "rm", "--yes", ...(options.force ? ["--force"] : [])]);
  if (removed.exitCode !== 0) {
    throw new UserError(`pulumi stack rm: ${removed.stderr.trim()}`);
  }
}

/** Removes the stack's files; with the last stack the passphrase and our backend, too. The folder may be the user's own, so only what is ours goes. */
export function removeStackFiles({ stack, stackFolder, backend }: Session): void {
  rmSync(stackFolder, { recursive: true, force: true });
  rmSync(stackProjectFolder(stack), { recursive: true, force: true });
  if (backend.ownFolder !== undefined && ownStacks(backend.ownFolder).length === 0) {
    removeOwnBackend(backend.ownFolder);
  }
}
