import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { assertOriginal, claimFolder, readMarker } from "./folder-marker";
import type { Owner } from "./ownership";
import { assertFoldersApart, stateFolder, type Environment } from "./paths";
import { writeNew } from "./whole-file";

/**
 * Who a stack of this user's state folder is; makes nothing.
 * @param stack exact short name
 * @returns undefined if there is no state folder yet: then nothing anywhere is this owner's
 * @throws Error if a variable names the state folder by a path that is not absolute, or if the folder is a copy of another one, lies in the cache or may not be read
 */
export function readOwner(stack: string, env: Environment = process.env): Owner | undefined {
  const folder = stateFolder(env);
  assertFoldersApart(env);
  assertReadable(folder);
  const marker = readMarker(folder);
  if (marker === undefined) {
    return undefined;
  }
  assertOriginal(folder, marker);
  return { stack, stateId: marker.id, stateFolder: folder };
}

/**
 * The same, and makes the state folder (0700) with its id if it is not there.
 * @throws Error if the folder holds somebody else's files, is a copy of another one, or lies in the cache
 */
export function ensureOwner(stack: string, env: Environment = process.env): Owner {
  const folder = stateFolder(env);
  assertFoldersApart(env);
  const isKnown = (names: readonly string[]) => isOfEarlierVersion(folder, names);
  const marker = claimFolder(folder, { isKnown, isPrivate: true, env });
  assertOriginal(folder, marker);
  ignoreInGit(folder);
  return { stack, stateId: marker.id, stateFolder: folder };
}

/** What may not be read would look like a folder without a lab. */
function assertReadable(folder: string): void {
  try {
    readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") {
      throw new Error(`${folder}: this user may not read it; name a state folder of your own in ISTIO_LAB_STATE`);
    }
  }
}

/** The name and the text of the file that keeps keys and states out of a repository that the folder lies in. */
export const GITIGNORE = { name: ".gitignore", text: "*\n" };

function ignoreInGit(folder: string): void {
  const file = join(folder, GITIGNORE.name);
  if (!existsSync(file)) {
    writeNew(file, GITIGNORE.text);
  }
}

/**
 * A version without marks made it: a backend with stacks of this project alone, and folders of these stacks. Without a stack it is known by the
 * passphrase and the copies of the configuration, which nobody else's backend has.
 */
function isOfEarlierVersion(folder: string, names: readonly string[]): boolean {
  const stacks = join(folder, ".pulumi", "stacks");
  const list = (path: string) => (existsSync(path) ? readdirSync(path) : []);
  const own = list(join(stacks, "istio-lab")).map((file) => file.replace(/\.json(\..*)?$/, ""));
  const known = [".passphrase", ".pulumi", ".projects", ...own];
  return (
    (own.length > 0 || [".passphrase", ".projects"].every((name) => names.includes(name))) &&
    list(stacks).every((project) => project === "istio-lab") &&
    names.every((name) => known.includes(name))
  );
}

/**
 * Makes the folder in which a stack keeps its kubeconfigs, keys and known hosts, and marks it.
 * @returns its absolute path
 * @throws Error if there is a folder of that name that is not this stack's
 */
export function ensureStackFolder(owner: Owner): string {
  const folder = join(owner.stateFolder, owner.stack);
  const marker = claimFolder(folder, { marker: { id: owner.stateId, stack: owner.stack } });
  if (marker.stack !== owner.stack || marker.id !== owner.stateId) {
    throw new Error(`${folder}: is marked as the folder of another stack; choose another stack name with --stack`);
  }
  return folder;
}

/** Whether the stack's folder is there and carries its mark. */
export function hasStackFolder(owner: Owner): boolean {
  const marker = readMarker(join(owner.stateFolder, owner.stack));
  return marker?.stack === owner.stack && marker.id === owner.stateId;
}
