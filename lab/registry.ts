import type { InventoryRequest } from "../infra/core/aws-inventory";
import type { PlacedIssue } from "../infra/core/errors";
import type { ToolchainManifest } from "../infra/core/toolchain-manifest";
import type { LabConfig, LabName } from "./config/lab-config";
import { multicluster } from "./multicluster/entry";
import type { LabContext } from "./program/context";
import type { Lab, LabEntry } from "./program/lab-entry";
import { trafficFlow } from "./traffic-flow/entry";
import { vm } from "./vm/entry";

type Labs = { readonly [Name in LabName]: LabEntry<Extract<LabConfig, { readonly lab: Name }>> };

/** The catalogue: a new lab is one folder and one entry. */
export const labs: Labs = { vm, multicluster, "traffic-flow": trafficFlow };

/** Builds the lab that the configuration is of. */
export async function buildLab(config: LabConfig, context: LabContext): Promise<Lab> {
  const { build } = labs[config.lab] as LabEntry<LabConfig>;
  return build(config, context);
}

/**
 * What is wrong with the manifests of the lab that the configuration is of.
 * @param toolchain undefined if `setup` has not finished: then the add-ons' are left out
 */
export async function labManifestIssues(
  config: LabConfig,
  toolchain: ToolchainManifest | undefined,
): Promise<readonly PlacedIssue[]> {
  const { manifestIssues } = labs[config.lab] as LabEntry<LabConfig>;
  return manifestIssues(config, toolchain);
}

/** Asks AWS what it has of a stack, and writes the answer into a file; makes nothing. */
export async function takeInventory(request: InventoryRequest): Promise<void> {
  const { writeInventory } = await import("./vm/aws-inventory");
  await writeInventory(request);
}
