import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { cacheFolder, stateFolder, type Environment } from "./paths";

/** What the system calls a folder that cannot be written to, with what it means. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "read-only file system",
};

/** What it says besides of a folder that cannot be made. Node says ENOENT if the file system is read-only. */
const IN_THE_WAY = "there is a file instead of a folder";
const UNMADE: Readonly<Record<string, string>> = {
  ENOTDIR: IN_THE_WAY,
  EEXIST: IN_THE_WAY,
  ENOENT: "it cannot be made",
};

const FOLDERS = [
  { name: "cache folder", variable: "ISTIO_LAB_CACHE", of: cacheFolder },
  { name: "state folder", variable: "ISTIO_LAB_STATE", of: stateFolder },
] as const;

/**
 * Says that the cache folder or the state folder, or something in it, cannot be made or used, e.g. in a home folder that is read-only.
 * @param error what Node has thrown; its path tells the folder
 * @returns one line with the variable that names another folder; undefined if the error is about something else
 */
export function folderProblem(error: unknown, env: Environment = process.env): string | undefined {
  const { code = "", path, syscall } = Object(error) as Partial<NodeJS.ErrnoException>;
  const reasons = syscall === "mkdir" ? { ...REFUSALS, ...UNMADE } : REFUSALS;
  if (path === undefined || !Object.hasOwn(reasons, code)) {
    return undefined;
  }
  const found = FOLDERS.map((folder) => ({ ...folder, path: folder.of(env) })).find(
    (folder) => contains(folder.path, path) || contains(path, folder.path),
  );
  const reason = reasons[code === "ENOENT" ? refusalOf(path) : code] ?? reasons[code];
  if (found === undefined) {
    return undefined;
  }
  const place = path !== found.path && existsSync(found.path) ? `${path}: ` : "";
  return `${found.path}: the ${found.name} cannot be used: ${place}${reason}; name another one in ${found.variable}`;
}

function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Why nothing can be made in the nearest folder that is there. */
function refusalOf(path: string): string {
  if (!existsSync(path)) {
    return path === dirname(path) ? "" : refusalOf(dirname(path));
  }
  try {
    accessSync(path, constants.W_OK);
    return "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}
