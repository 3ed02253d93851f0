import { readFileSync } from "node:fs";
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
