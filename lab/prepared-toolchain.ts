import { RunError } from "@pulumi/pulumi";
import type { Environment } from "../infra/core/paths";
import { readToolchainManifest, type ToolchainManifest } from "../infra/core/toolchain-manifest";

/**
 * Reads what `setup` prepared.
 * @returns undefined if `setup` has not finished on this machine
 * @throws RunError, which Pulumi prints without a stack, if the file is damaged or of another version
 */
export function preparedToolchain(env: Environment = process.env): ToolchainManifest | undefined {
  try {
    return readToolchainManifest(env);
  } catch (error) {
    throw new RunError((error as Error).message);
  }
}
