import type { LabConfiguration } from "../../config/common";
import { bridgeOf, NO_REQUIREMENTS, type LabRequirements } from "../../config/requirements";
import type { VmLabConfig } from "./aws";
import { awsVmSettings } from "./aws-settings";
import { VM_LAB_CLUSTER } from "./members";
import { localVmSettings, vmLabPorts, type LocalVmLabConfig } from "./schema";

/** The configuration of the `vm` lab. */
export const vmConfiguration: LabConfiguration<VmLabConfig> = {
  platforms: { local: localVmSettings, aws: awsVmSettings },
  requirements: (config) => ("network" in config ? localDemands(config) : NO_REQUIREMENTS),
};

function localDemands(config: LocalVmLabConfig): LabRequirements {
  return {
    machines: { clusters: [VM_LAB_CLUSTER], hosts: config.vms.map(({ name }) => name) },
    ports: vmLabPorts(config),
    networks: (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: config[key], key })),
    bridge: bridgeOf(config.network),
  };
}
