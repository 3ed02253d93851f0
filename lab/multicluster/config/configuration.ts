import type { LabConfiguration } from "../../config/common";
import { bridgeOf, type LabRequirements } from "../../config/requirements";
import type { RequiredNetwork } from "../../config/rules";
import { CLIENT_HOST } from "./rules";
import { multiClusterLabPorts, multiClusterSettings, type MultiClusterLabConfig } from "./schema";

/** The configuration of the `multicluster` lab. */
export const multiClusterConfiguration: LabConfiguration<MultiClusterLabConfig> = {
  platforms: { local: multiClusterSettings },
  requirements,
};

function requirements(config: MultiClusterLabConfig): LabRequirements {
  return {
    machines: { clusters: config.clusters.map(({ name }) => name), hosts: [CLIENT_HOST.name] },
    ports: multiClusterLabPorts(config),
    networks: clusterNetworks(config),
    bridge: bridgeOf(config.network),
  };
}

/** The networks of pods and services. */
export function clusterNetworks({ clusters }: MultiClusterLabConfig): readonly RequiredNetwork[] {
  return clusters.flatMap((cluster, index) =>
    (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: cluster[key], key: `clusters[${index}].${key}` })),
  );
}
