import type { LabConfiguration } from "../../config/common";
import { bridgeOf, type LabDemands } from "../../config/demands";
import type { NetworkDemand } from "../../config/rules";
import { CLIENT_HOST } from "./rules";
import { multiClusterLabPorts, multiClusterSettings, type MultiClusterLabConfig } from "./schema";

/** The configuration of the `multicluster` lab. */
export const multiClusterConfiguration: LabConfiguration<MultiClusterLabConfig> = {
  platforms: { local: multiClusterSettings },
  demands,
};

function demands(config: MultiClusterLabConfig): LabDemands {
  return {
    machines: { clusters: config.clusters.map(({ name }) => name), hosts: [CLIENT_HOST.name] },
    ports: multiClusterLabPorts(config),
    networks: clusterNetworks(config),
    bridge: bridgeOf(config.network),
  };
}

/** The networks of pods and services. */
export function clusterNetworks({ clusters }: MultiClusterLabConfig): readonly NetworkDemand[] {
  return clusters.flatMap((cluster, index) =>
    (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: cluster[key], key: `clusters[${index}].${key}` })),
  );
}
