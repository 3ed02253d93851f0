import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readMarker, releaseFolder } from "../../infra/core/folder-marker";
import { hasStackFolder } from "../../infra/core/state-folders";
import { ownStacks, removeOwnBackend } from "./backend";
import { stackCommand, type Session } from "./session";
import { stackProjectFolder } from "./stack-project";
import { UserError } from "./user-error";

/** Names of the files that a lab makes in its stack's folder. */
const OF_A_LAB: readonly RegExp[] = [
  /^kubeconfig-[a-z0-9-]+\.yaml(\.exclusive|\.lock|\.log)?$/,
  /^known_hosts-[a-z0-9-]+(\.old)?$/,
  /^id_ed25519(\.pub)?$/,
  /^scenario\.json$/,
];

/** Names of the files that the command line makes in the stack's copy of the project. */
const OF_A_PROJECT: readonly RegExp[] = [
  /^Pulumi(\..+)?\.yaml$/,
  /^overrides\.yaml$/,
  /^import\.\d+\.json$/,
  /^(engine|settled)\.json$/,
];

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
  if (readMarker(owner.stateFolder) === undefined) {
    return [];
  }
  const project = stackProjectFolder(owner.stack);
  const strangers = [
    ...(hasStackFolder(owner) ? release(stackFolder, OF_A_LAB, (path) => !isStrangersKubeconfig(path)) : []),
    ...(existsSync(project) ? release(project, OF_A_PROJECT) : []),
  ];
  if (backend.ownFolder !== undefined && ownStacks(backend.ownFolder).length === 0) {
    removeOwnBackend(backend.ownFolder);
  }
  return strangers;
}

/** @returns paths of what is left */
function release(folder: string, known: readonly RegExp[], mayGo = (_path: string) => true): readonly string[] {
  const left = releaseFolder(folder, (name, path) => known.some((pattern) => pattern.test(name)) && mayGo(path));
  return left.map((name) => join(folder, name));
}

/** A context of ours has our names; a kubeconfig that a killed step left may be empty. */
function isStrangersKubeconfig(path: string): boolean {
  const isKubeconfig = path.endsWith(".yaml") && statSync(path).size > 0;
  return isKubeconfig && !readFileSync(path, "utf8").includes("istio-lab-");
}

/** Whether the stack has left files: its own folder, or its copy of the configuration. A state folder without our mark holds none. */
export function hasStackFiles({ owner }: Session): boolean {
  const isMarked = readMarker(owner.stateFolder) !== undefined;
  return isMarked && (hasStackFolder(owner) || existsSync(stackProjectFolder(owner.stack)));
}
