import { getStack, output } from "@pulumi/pulumi";
import { readToolchainManifest } from "../infra/core/toolchain-manifest";
import { LabConfigError, readLabConfig } from "./config";
import { labContext, toolchainIssues } from "./context";
import { inspectFor, workstationIssues } from "./preflight";
import { buildLab } from "./registry";

const config = readLabConfig();
const toolchain = readToolchainManifest();
const issues = [
  ...toolchainIssues(config.versions, toolchain),
  ...workstationIssues(config, getStack(), inspectFor(getStack())),
];
if (toolchain === undefined || issues.length > 0) {
  throw new LabConfigError(issues);
}

const lab = buildLab(config, labContext(toolchain));

/** Where everything is; see LabOutputs for each field. */
export const access = output(lab.outputs);
/** Kubeconfigs by cluster name. Secret. */
export const kubeconfigs = lab.kubeconfigs;
