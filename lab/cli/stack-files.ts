import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MARKER_FILE } from "../../infra/core/folder-marker";
import { hasStackFolder } from "../../infra/core/state-folders";
import { ownStacks, removeOwnBackend } from "./backend";
import { stackCommand, type Session } from "./session";
import { stackProjectFolder } from "./stack-project";
import { UserError } from "./user-error";

/** Names of the files that a lab makes in its stack's folder. */
const OF_A_LAB = [/^kubeconfig-.+/, /^known_hosts-.+/, /^id_ed25519(\.pub)?$/, /^scenario\.json$/];

/**
 * Removes a stack from its backend.
 * @param options.force also if resources are left in its state
 * @throws UserError with Pulumi's own words if Pulumi refuses
 */
export async function forgetStack(session: Session, options: { readonly force: boolean }): Promise<void> {
  const removed = await stackCommand(session, ["stack", "rm", "--yes", ...(options.force ? ["--force"] : [])]);
  if (removed.exitCode !== 0) {
    throw new UserError(`pulumi stack rm: ${removed.stderr.trim()}`);
  }
}

/**
 * Removes the stack's files; with the last stack the passphrase and our backend, too.
 * @returns paths of what stays in the stack's folder because the lab did not make it
 */
export function removeStackFiles(session: Session): readonly string[] {
  const { owner, stackFolder, backend } = session;
  const strangers = hasStackFolder(owner) ? removeStackFolder(stackFolder) : [];
  rmSync(stackProjectFolder(owner.stack), { recursive: true, force: true });
  if (backend.ownFolder !== undefined && ownStacks(backend.ownFolder).length === 0) {
    removeOwnBackend(backend.ownFolder);
  }
  return strangers;
}

/** The files that are the lab's, then the mark, then the folder if nothing else is in it. */
function removeStackFolder(folder: string): readonly string[] {
  for (const name of readdirSync(folder).filter((file) => OF_A_LAB.some((known) => known.test(file)))) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  rmSync(join(folder, MARKER_FILE), { force: true });
  const strangers = readdirSync(folder);
  if (strangers.length === 0) {
    rmdirSync(folder);
  }
  return strangers.map((name) => join(folder, name));
}

/** Whether the stack has left files: its own folder, or its copy of the configuration. */
export function hasStackFiles({ owner }: Session): boolean {
  return hasStackFolder(owner) || existsSync(stackProjectFolder(owner.stack));
}
