import { join } from "node:path";
import { readJson } from "./json";
import { isSource } from "./known-source";
import { stackProjectFolder, type Environment } from "./paths";
import type { ToolchainKey } from "./toolchain-key";
import { isSetName } from "./versions";

/** The file in which a stack records the toolchain that it was built with; it goes with the stack. */
export function toolchainRecordFile(stack: string, env: Environment = process.env): string {
  return join(stackProjectFolder(stack, env), "toolchain.json");
}

/**
 * The toolchain that a stack was built with.
 * @returns undefined if it records none: it is not built yet, or an older istio-lab built it; a damaged record is none
 */
export function readToolchainRecord(stack: string, env: Environment = process.env): ToolchainKey | undefined {
  const record = readJson(toolchainRecordFile(stack, env)) as Partial<ToolchainKey> | null | undefined;
  const { source, versionSet, lab } = record ?? {};
  // Both names are parts of a folder's.
  return isSource(source) && isSetName(versionSet) && isSetName(lab) ? { source, versionSet, lab } : undefined;
}
