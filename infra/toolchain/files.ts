import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
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
      `${folder}: is a symbolic link, and its target would be changed; remove it, or move the whole cache and name it in ISTIO_LAB_CACHE`,
    );
  }
}

/** Writes a file whole or not at all: a reader never sees half of it. */
export function writeFileAtomic(file: string, content: string, mode = 0o600): void {
  makePrivateFolder(dirname(file));
  writeWhole(file, content, mode);
}

/** Text of all files that decide what a folder builds into, test files apart; names sorted, so that the order is always the same. */
export function folderText(folder: string): string {
  return readdirSync(folder)
    .filter((name) => !name.endsWith("_test.go"))
    .sort()
    .map((name) => `${name}\n${readFileSync(join(folder, name), "utf8")}`)
    .join("\n");
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
