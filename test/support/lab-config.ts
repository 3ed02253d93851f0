import type { LabConfig } from "../../lab/config/common";
import type { LabRequirements } from "../../lab/config/requirements";
import * as reader from "../../lab/config/lab-config";
import type { ConfigMachine } from "../../lab/config/machine";
import { multiClusterConfiguration } from "../../lab/multicluster/config/configuration";
import { trafficFlowConfiguration } from "../../lab/traffic-flow/config/configuration";
import { vmConfiguration } from "../../lab/vm/config/configuration";

/** What the registry loads, at once: a test file cannot wait before its first test. */
export const LABS: reader.Configurations = [
  { lab: "vm", ...vmConfiguration },
  { lab: "multicluster", ...multiClusterConfiguration },
  { lab: "traffic-flow", ...trafficFlowConfiguration },
];

/** The configuration that settings give. */
export function parseLabConfig(raw: Readonly<Record<string, unknown>>, machine?: ConfigMachine): LabConfig {
  return reader.parseLabConfig(LABS, raw, machine);
}

/** The configuration of the stack that runs. */
export function readLabConfig(): LabConfig {
  return reader.readLabConfig(LABS);
}

/** What a lab asks of the machine. */
export function requirementsOf(config: LabConfig): LabRequirements {
  const lab = LABS.find((one) => one.lab === config.lab) ?? LABS[0];
  return lab.requirements(config);
}
