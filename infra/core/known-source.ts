import { join } from "node:path";
import { readJson } from "./json";
import { cacheFolder, type Environment } from "./paths";
import type { ToolchainSource } from "./toolchain-manifest";

/** Which source an earlier set-up found to serve this machine. */
export interface RememberedSource {
  readonly source: ToolchainSource;
  /** For the user. */
  readonly reason: string;
}

/** Variable by which the user chooses the source. */
export const SOURCE_VARIABLE = "ISTIO_LAB_SOURCE";

/** Tells the name of a source from any other value. */
export function isSource(value: unknown): value is ToolchainSource {
  return value === "official" || value === "registry";
}

/** File of the cache folder that remembers which source serves this machine: without it the next set-up asks again. */
export function sourceFile(cache: string): string {
  return join(cache, "source.json");
}

/** What that file says; undefined if there is none, or it cannot be read. */
export function rememberedSource(cache: string): RememberedSource | undefined {
  const { source, reason } = Object(readJson(sourceFile(cache))) as Partial<RememberedSource>;
  return isSource(source) && typeof reason === "string" ? { source, reason } : undefined;
}

/** The source that the user has chosen, else the one that is remembered; undefined if it has to be found out. */
export function settledSource(env: Environment = process.env): ToolchainSource | undefined {
  const setting = env[SOURCE_VARIABLE];
  return isSource(setting) ? setting : rememberedSource(cacheFolder(env))?.source;
}
