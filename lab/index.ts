import { getStack, output } from "@pulumi/pulumi";
import { LabConfigError, readLabConfig } from "./config";
import { labContext } from "./context";
import { inspectFor, workstationIssues } from "./preflight";
import { labs } from "./registry";

const config = readLabConfig();
const issues = workstationIssues(config, getStack(), inspectFor(getStack()));
if (issues.length > 0) {
  throw new LabConfigError(issues);
}

const lab = labs[config.lab].build(config, labContext(config.versions));

/** Where everything is; see LabOutputs for each field. */
export const access = output(lab.outputs);
/** Kubeconfigs by cluster name. Secret. */
export const kubeconfigs = lab.kubeconfigs;
