import { homedir } from "node:os";
import { join } from "node:path";

/** The environment variables that decide where istio-lab keeps its files. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where tools, images and downloads are kept: safe to delete, made again by `setup`.
 * @returns an absolute path; `ISTIO_LAB_CACHE`, else `$XDG_CACHE_HOME/istio-lab`, else `~/.cache/istio-lab`
 */
export function cacheFolder(env: Environment = process.env): string {
  return env["ISTIO_LAB_CACHE"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "istio-lab");
}

/**
 * Where everything is kept that belongs to labs that stand, the Pulumi backend included.
 * @returns an absolute path; `ISTIO_LAB_STATE`, else `$XDG_STATE_HOME/istio-lab`, else `~/.local/state/istio-lab`
 */
export function stateFolder(env: Environment = process.env): string {
  return env["ISTIO_LAB_STATE"] ?? join(env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "istio-lab");
}

/**
 * Where one stack keeps its kubeconfigs, keys and known hosts: mode 0700, gone after destroy.
 * @param stack the stack's short name, e.g. `dev`
 */
export function stackFolder(stack: string, env: Environment = process.env): string {
  return join(stateFolder(env), stack);
}

/** The folder of the tools: what `PATH` must hold for a plain `pulumi up`. */
export function binFolder(env: Environment = process.env): string {
  return join(cacheFolder(env), "bin");
}

/** The file in which `setup` says what the toolchain is. */
export function toolchainManifestFile(env: Environment = process.env): string {
  return join(cacheFolder(env), "toolchain.json");
}
