import type { ConfigIssue } from "../../../infra/core/errors";
import type { ToolchainManifest } from "../../../infra/core/toolchain-manifest";
import type { LabConfig } from "../../config/common";
import type { AwsVmLabConfig } from "../../vm/config/aws";
import { DEFAULT_IMAGE } from "../../vm/config/aws-schema";
import { credentialIssueHere } from "../aws-credentials";
import type { PreflightSituation } from "./platform";

/** Whether this machine has credentials, and whether the instances can have the images. */
export function awsPreflight(config: LabConfig, { toolchain }: PreflightSituation): readonly ConfigIssue[] {
  const credentials = credentialIssueHere();
  return [...(credentials === undefined ? [] : [credentials]), ...imageIssues(config as AwsVmLabConfig, toolchain)];
}

/** Instances fetch images themselves, and those of the registry source are on this machine only. */
export function imageIssues(
  { amiParameter }: Pick<AwsVmLabConfig, "amiParameter">,
  toolchain: Pick<ToolchainManifest, "source"> | undefined,
): readonly ConfigIssue[] {
  if (toolchain?.source !== "registry" || amiParameter !== DEFAULT_IMAGE) {
    return [];
  }
  const problem = `${amiParameter} is a plain Ubuntu, and with the source of this machine, registry, no container registry has the images that it would pull; use a machine that reaches official releases, or name the parameter of an image that holds them`;
  return [{ key: "amiParameter", problem }];
}
