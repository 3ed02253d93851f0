import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { account } from "./workstation/account";

/** The environment variables that decide where istio-lab keeps its files. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder that a variable names.
 * @returns undefined if the variable is not set; an empty one counts as not set (https://specifications.freedesktop.org/basedir-spec)
 * @throws Error if it is not an absolute path: the folder would depend on where a command is started
 */
function folderOf(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  if (!value) {
    return undefined;
  }
  if (!isAbsolute(value)) {
    throw new Error(`${variable}: "${value}" given; write an absolute path, e.g. ${exampleOf(variable)}`);
  }
  return value;
}

/** What a right value looks like. */
function exampleOf(variable: string): string {
  const home = accountHome() ?? "/home/you";
  return variable === "HOME" ? home : join(home, "istio-lab");
}

/** The home folder that this machine has noted for the user, if any. */
function accountHome(): string | undefined {
  const { home = "" } = account() ?? {};
  return isAbsolute(home) ? home : undefined;
}

/**
 * The user's home folder, if there is one.
 * @returns an absolute path; `HOME`, else what this machine has noted for the user; undefined if there is neither
 * @throws Error if `HOME` is not an absolute path
 */
export function findHome(env: Environment = process.env): string | undefined {
  return folderOf(env, "HOME") ?? accountHome();
}

/**
 * The user's home folder.
 * @returns an absolute path; `HOME`, else what this machine has noted for the user
 * @throws Error if `HOME` is not an absolute path, or if there is neither
 */
export function homeFolder(env: Environment = process.env): string {
  const home = findHome(env);
  if (home === undefined) {
    throw new Error(`HOME: not set; write an absolute path, e.g. ${exampleOf("HOME")}`);
  }
  return home;
}

/**
 * The folder that `TMPDIR` names, if it is there and can be written to: that of a session that has ended, or of another user, is of no use.
 * @returns an absolute path, or undefined
 */
export function findTemporaryFolder(env: Environment): string | undefined {
  const folder = env["TMPDIR"] ?? "";
  try {
    if (!isAbsolute(folder) || !statSync(folder).isDirectory()) {
      return undefined;
    }
    accessSync(folder, constants.W_OK | constants.X_OK);
    return folder;
  } catch {
    return undefined;
  }
}

/**
 * The folder for temporary files.
 * @returns an absolute path; `TMPDIR` if that can be used, else `/tmp`
 */
export function temporaryFolder(env: Environment = process.env): string {
  return findTemporaryFolder(env) ?? "/tmp";
}

/**
 * The folder that keeps tools, images and downloads: safe to delete, made again by `setup`.
 * @returns an absolute path; `ISTIO_LAB_CACHE`, else `$XDG_CACHE_HOME/istio-lab`, else `~/.cache/istio-lab`
 * @throws Error if the variable that decides is not an absolute path
 */
export function cacheFolder(env: Environment = process.env): string {
  return (
    folderOf(env, "ISTIO_LAB_CACHE") ??
    join(folderOf(env, "XDG_CACHE_HOME") ?? join(homeFolder(env), ".cache"), "istio-lab")
  );
}

/**
 * The folder that keeps everything that belongs to labs that exist, the Pulumi backend included.
 * @returns an absolute path; `ISTIO_LAB_STATE`, else `$XDG_STATE_HOME/istio-lab`, else `~/.local/state/istio-lab`
 * @throws Error if the variable that decides is not an absolute path
 */
export function stateFolder(env: Environment = process.env): string {
  return (
    folderOf(env, "ISTIO_LAB_STATE") ??
    join(folderOf(env, "XDG_STATE_HOME") ?? join(homeFolder(env), ".local", "state"), "istio-lab")
  );
}

/**
 * Refuses a state folder that is the cache folder, or lies in it: whoever deletes the cache, which is safe to delete, would lose keys and labs.
 * @throws Error that names both
 */
export function assertFoldersApart(env: Environment = process.env): void {
  const [state, cache] = [stateFolder(env), cacheFolder(env)];
  const way = relative(cache, state);
  if (way !== ".." && !way.startsWith("../")) {
    throw new Error(
      `ISTIO_LAB_STATE: ${state} lies in the folder of the cache, ${cache}, which is safe to delete; name another one`,
    );
  }
}

/**
 * The folder in which one stack keeps its kubeconfigs, keys and known hosts: mode 0700, gone after destroy.
 * @param stack the stack's short name, e.g. `dev`
 */
export function stackFolder(stack: string, env: Environment = process.env): string {
  return join(stateFolder(env), stack);
}

/**
 * What the command line keeps of one stack beside its state: a project of its own with the configuration of the next update, and its notes.
 * @param stack the stack's short name
 */
export function stackProjectFolder(stack: string, env: Environment = process.env): string {
  return join(stateFolder(env), ".projects", stack);
}
