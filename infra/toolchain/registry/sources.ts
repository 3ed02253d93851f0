import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folder of a Go program of ours. */
export function programFolder(name: string): string {
  return join(__dirname, "programs", name);
}

/** Folder of Go files that stand for packages in the build of this name. */
export function stubFolder(build: string): string {
  return join(__dirname, "stubs", build);
}

/** Path of a shell script of ours, e.g. `debian-base.sh`. */
export function scriptFile(name: string): string {
  return join(__dirname, "scripts", name);
}

/** Text of a shell script of ours: part of what decides a step's result. */
export function scriptText(name: string): string {
  return readFileSync(scriptFile(name), "utf8");
}

/** Text of all files that decide what a folder builds into, test files apart; names sorted, so that the order is always the same. */
export function folderText(folder: string): string {
  return readdirSync(folder)
    .filter((name) => !name.endsWith("_test.go"))
    .sort()
    .map((name) => `${name}\n${readFileSync(join(folder, name), "utf8")}`)
    .join("\n");
}
