import { getStack, output } from "@pulumi/pulumi";
import { INVENTORY_VARIABLE, type InventoryRequest } from "../infra/core/aws-inventory";
import { LabConfigError } from "./config/lab-config";
import { labContext } from "./program/context";
import { flatOutputs } from "./program/flat-outputs";
import { platformNamed } from "./program/platforms/platforms";
import { preparedToolchain, toolchainIssues } from "./program/prepared-toolchain";
import { configuredLab, takeInventory } from "./registry";

/** The Pulumi program; what it returns are the stack's outputs. */
async function program() {
  const request = process.env[INVENTORY_VARIABLE];
  if (request !== undefined) {
    await takeInventory(JSON.parse(request) as InventoryRequest);
    return {};
  }
  const { config, requirements, entry } = await configuredLab();
  const stack = getStack();
  const toolchain = preparedToolchain(config, stack);
  const issues = [
    ...toolchainIssues(config, stack, toolchain),
    ...(await platformNamed(config.platform).preflight(config, { requirements, stack, toolchain })),
    ...(await entry.manifestIssues(config, toolchain)),
  ];
  if (toolchain === undefined || issues.length > 0) {
    throw new LabConfigError(issues);
  }
  const lab = await entry.build(config, labContext(toolchain));
  return {
    /** Where everything is; see LabOutputs for each field. */
    access: output(lab.outputs),
    /** Kubeconfigs by cluster name. Secret. */
    kubeconfigs: lab.kubeconfigs,
    /** The same for people, one address or line each. */
    ...flatOutputs(lab.outputs, lab.names, stack),
  };
}

// Pulumi awaits what the module exports: a promise is no output, so that the lab can ask AWS before it makes anything.
export = program;
