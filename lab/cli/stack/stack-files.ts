import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readMarker, releaseFolder } from "../../../infra/core/folder-marker";
import { ownedName } from "../../../infra/core/names";
import { hasStackFolder } from "../../../infra/core/state-folders";
import { isWritten } from "../../../infra/core/whole-file";
import { ownStacks, removeOwnBackend } from "../pulumi/backend";
import { KUBECTL_CACHE, stackCommand, type Session } from "../pulumi/session";
import { stackProjectFolder } from "./stack-project";
import { UserError } from "../ui/user-error";

/** Names of the files of which there is one in a stack's folder. */
const OF_A_LAB = /^(id_ed25519(\.\d+)?(\.pub)?|scenario\.json(\.\d+)?)$/;

/** Names of a cluster's files: the kubeconfig, and what a killed step leaves beside it. */
const OF_A_CLUSTER =
  /^kubeconfig-([a-z0-9-]+)\.yaml(\.lock|\.log|\.docker|\.exclusive|\.exclusive\.holder|\.partial|\.partial\.bak|\.partial\.lock|\.\d+)?$/;

/** Names of a host's files. */
const OF_A_HOST = /^known_hosts-([a-z0-9-]+?)(\.old)?$/;

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
 * @param names what the lab's clusters and hosts are called: a file that is named after nothing of the lab is the user's
 * @returns paths of what stays in the stack's folder because the lab did not make it
 */
export function removeStackFiles(session: Session, names: ReadonlySet<string>): readonly string[] {
  const { owner, stackFolder, backend } = session;
  if (readMarker(owner.stateFolder) === undefined) {
    return [];
  }
  const project = stackProjectFolder(owner.stack);
  const strangers = [
    ...(hasStackFolder(owner) ? release(stackFolder, ofTheLab(session, names)) : []),
    ...(existsSync(project) ? release(project, ofTheProject(owner.stack)) : []),
  ];
  if (backend.ownFolder !== undefined && ownStacks(backend.ownFolder).length === 0) {
    removeOwnBackend(backend.ownFolder);
  }
  return strangers;
}

/** @returns paths of what is left */
function release(folder: string, isOurs: (name: string, path: string) => boolean): readonly string[] {
  return releaseFolder(folder, isOurs).map((name) => join(folder, name));
}

/** Tells what a lab makes in its stack's folder. */
function ofTheLab({ stack, stackFolder }: Session, names: ReadonlySet<string>) {
  // Before the first one goes: by a kubeconfig the files beside it are known.
  const clusters = readdirSync(stackFolder).flatMap((file) => OF_A_CLUSTER.exec(file)?.[1] ?? []);
  const own = new Set([...names, ...clusters.filter((name) => isOwnKubeconfig(stackFolder, stack, name))]);
  return (file: string, path: string): boolean => {
    const name = (OF_A_CLUSTER.exec(file) ?? OF_A_HOST.exec(file))?.[1];
    return name === undefined
      ? OF_A_LAB.test(file) || file === KUBECTL_CACHE
      : own.has(name) && !isStrangersKubeconfig(path);
  };
}

/** A kubeconfig of ours names the cluster as the stack does. */
function isOwnKubeconfig(folder: string, stack: string, name: string): boolean {
  const file = join(folder, `kubeconfig-${name}.yaml`);
  return existsSync(file) && readFileSync(file, "utf8").includes(ownedName(stack, name));
}

/**
 * Whether a kubeconfig holds something of the user's: all of it may be, or kind has written there since a shell's KUBECONFIG names it. One that a killed
 * step left may be empty.
 */
function isStrangersKubeconfig(path: string): boolean {
  if (!path.endsWith(".yaml") || statSync(path).size === 0) {
    return false;
  }
  const text = readFileSync(path, "utf8");
  return !text.includes("istio-lab-") || namesIn(text).some((name) => !name.includes("istio-lab-"));
}

/** What the contexts, clusters and users of a kubeconfig are called; of a file that is none, nothing. */
function namesIn(text: string): readonly string[] {
  try {
    const { contexts, clusters, users } = parse(text) as Readonly<Record<string, readonly { readonly name: string }[]>>;
    return [contexts, clusters, users].flatMap((list) => list ?? []).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Tells what the command line makes in the stack's copy of the project. */
function ofTheProject(stack: string) {
  const made = [
    "Pulumi.yaml",
    `Pulumi.${stack}.yaml`,
    "overrides.yaml",
    "engine.json",
    "settled.json",
    "toolchain.json",
  ];
  const passing = /^(import\.\d+\.json|at-work\.json(\.stale)?(\.\d+)?|inventory-\w{6})$/;
  return (file: string): boolean => isWritten(file, made) || passing.test(file);
}

/** Whether the stack has left files: its own folder, or its copy of the configuration. A state folder without our mark holds none. */
export function hasStackFiles({ owner }: Session): boolean {
  const isMarked = readMarker(owner.stateFolder) !== undefined;
  return isMarked && (hasStackFolder(owner) || existsSync(stackProjectFolder(owner.stack)));
}
