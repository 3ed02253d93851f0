import type { ConfigIssue } from "../../infra/core/errors";
import type { Owner } from "../../infra/core/ownership";
import { readOwner } from "../../infra/core/state-folders";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { credentialIssueHere } from "./aws-credentials";
import type { LabDemands } from "../config/demands";
import type { LabConfig } from "../config/lab-config";
import type { AwsVmLabConfig } from "../vm/config/aws";
import { NOTES_IMAGE } from "../vm/config/aws-schema";
import { inspectFor, workstationIssues } from "./preflight";

/**
 * What of the configuration cannot be carried where the lab is to stand, as far as this machine can tell by itself.
 * @param stack the stack's name
 * @returns every problem
 */
export async function platformIssues(
  config: LabConfig,
  demands: LabDemands,
  stack: string,
  toolchain: ToolchainManifest | undefined,
): Promise<readonly ConfigIssue[]> {
  if (config.platform === "local") {
    return await localIssues(config, demands, stack, toolchain);
  }
  const credentials = credentialIssueHere();
  return [...(credentials === undefined ? [] : [credentials]), ...imageIssues(config as AwsVmLabConfig, toolchain)];
}

async function localIssues(
  config: LabConfig,
  demands: LabDemands,
  stack: string,
  toolchain: ToolchainManifest | undefined,
): Promise<readonly ConfigIssue[]> {
  let owner: Owner | undefined;
  try {
    owner = readOwner(stack);
  } catch (error) {
    return [{ key: "lab", problem: (error as Error).message }];
  }
  return workstationIssues(config, demands, stack, owner, await inspectFor(demands, owner, toolchain));
}

/** Instances fetch images themselves, and those of the registry source are on this machine only. */
export function imageIssues(
  { amiParameter }: Pick<AwsVmLabConfig, "amiParameter">,
  toolchain: Pick<ToolchainManifest, "source"> | undefined,
): readonly ConfigIssue[] {
  if (toolchain?.source !== "registry" || amiParameter !== NOTES_IMAGE) {
    return [];
  }
  const problem = `${amiParameter} is a plain Ubuntu, and the images of this machine's registry source are on no registry from which it could fetch them; use a machine that reaches official releases, or name the parameter of an image that holds them`;
  return [{ key: "amiParameter", problem }];
}
