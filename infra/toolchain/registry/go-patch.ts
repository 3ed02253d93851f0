import { chmod, copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What stands for a package that a program of ours imports and never calls. */
export interface PackageStub {
  /** A Go file of ours. */
  readonly file: string;
  /** Go files of the package that stay beside it. Default: none. */
  readonly kept?: readonly string[];
}

/**
 * A module of which a build uses a copy of its own, so that packages of it can be replaced. (`go build -overlay` would do
 * without copies, but refuses files of the module cache.)
 */
export interface PatchedModule {
  readonly path: string;
  /** Folders that are copied, `.` for the whole module. None: the stubs are all of it, and it is not even fetched. */
  readonly copied: readonly string[];
  /** Folder of a package within the module -> what exists for it. */
  readonly packages: Readonly<Record<string, PackageStub>>;
  /** A file that upstream generates as a copy of another -> that other one. Default: none. */
  readonly generated?: Readonly<Record<string, string>>;
}

/** @returns the folder of a build's own copy, relative to its go.mod */
export function patchedFolder(path: string): string {
  return `patched/${path.replaceAll("/", "-")}`;
}

/** @returns lines of go.mod that let the build use its own copies */
export function patchLines(modules: readonly PatchedModule[]): string {
  return modules.map(({ path }) => `replace ${path} => ./${patchedFolder(path)}\n`).join("");
}

/**
 * Makes a build's own copy of a module.
 * @param target empty or missing folder
 * @param source the module's folder in Go's module cache; undefined if nothing is copied
 * @param stubs folder of the stubs' files
 */
export async function patchModule(
  module: PatchedModule,
  target: string,
  source: string | undefined,
  stubs: string,
): Promise<void> {
  await mkdir(target, { recursive: true });
  if (source === undefined) {
    await writeFile(join(target, "go.mod"), `module ${module.path}\n\ngo 1.24\n`);
  } else {
    await copyWritable(join(source, "go.mod"), join(target, "go.mod"));
    for (const folder of module.copied) await copyPackages(join(source, folder), join(target, folder));
    for (const [to, from] of Object.entries(module.generated ?? {})) {
      await copyWritable(join(source, from), join(target, to));
    }
  }
  for (const [folder, { file, kept = [] }] of Object.entries(module.packages)) {
    const to = join(target, folder);
    await mkdir(to, { recursive: true });
    for (const name of await readdir(to)) {
      if (name.endsWith(".go") && !kept.includes(name)) await rm(join(to, name));
    }
    await copyWritable(join(stubs, file), join(to, "stub.go"));
  }
}

/** Copies a folder without tests and what they read, which are most of Pulumi's 89 MB. */
async function copyPackages(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name === "testdata" || entry.name.endsWith("_test.go")) continue;
    const copy = entry.isDirectory() ? copyPackages : copyWritable;
    await copy(join(from, entry.name), join(to, entry.name));
  }
}

/** The module cache is read-only, and a copy that is would be in the way of whoever clears the folder. */
async function copyWritable(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o644);
}
