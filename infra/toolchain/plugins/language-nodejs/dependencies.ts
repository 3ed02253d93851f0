import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A package that a program uses. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
}

interface Lock {
  readonly packages?: Readonly<Record<string, { readonly version?: string }>>;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * The packages of a program, from its package-lock.json.
 * @param directory the folder of package.json
 * @param transitive also those that its own packages need
 * @returns sorted by name; none where there is no lock file
 */
export function programDependencies(directory: string, transitive: boolean): Dependency[] {
  const lock = readJson(join(directory, "package-lock.json")) as Lock | undefined;
  const manifest = readJson(join(directory, "package.json")) as Manifest | undefined;
  const direct = new Set(Object.keys({ ...manifest?.dependencies, ...manifest?.devDependencies }));
  const folder = "node_modules/";
  return Object.entries(lock?.packages ?? {})
    .filter(([path]) => path.startsWith(folder))
    .filter(([path]) => transitive || direct.has(path.slice(folder.length)))
    .map(([path, { version }]) => ({
      name: path.slice(path.lastIndexOf(folder) + folder.length),
      version: version ?? "",
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
