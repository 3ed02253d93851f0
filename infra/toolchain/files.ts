import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeWhole } from "../core/whole-file";

/** Makes a folder that only its owner can enter, with its parents. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/**
 * Makes a folder that only its owner can enter, and whose content is ours to remove.
 * @throws Error if it is a symbolic link: what that leads to is somebody else's
 */
export function makeOwnFolder(folder: string): void {
  makePrivateFolder(folder);
  if (lstatSync(folder).isSymbolicLink()) {
    throw new Error(
      `${folder}: a symbolic link, and what it leads to would be changed; remove it, or move the whole cache and name it in ISTIO_LAB_CACHE`,
    );
  }
}

/** Writes a file whole or not at all: a reader never sees half of it. */
export function writeFileAtomic(file: string, content: string, mode = 0o600): void {
  makePrivateFolder(dirname(file));
  writeWhole(file, content, mode);
}

/** Removes a file or folder, read-only folders included (Go keeps its modules in such). Nothing there is success. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    makeWritable(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function makeWritable(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const entry of readdirSync(path)) makeWritable(join(path, entry));
}
