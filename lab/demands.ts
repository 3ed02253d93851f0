import type { LabConfig } from "./config";
import { multiClusterLabPorts, type MultiClusterLabConfig } from "./config-multicluster";
import type { NetworkDemand, PortDemand } from "./config-rules";
import { vmLabPorts, type VmLabConfig } from "./config-vm";

const GIBIBYTE = 2 ** 30;

/**
 * Memory that a lab takes. A node with Istio was seen to take about 620 MB; these leave room for applications, hosts and their start.
 * Not measured as a whole.
 */
const MEMORY = { vm: 2 * GIBIBYTE, twoClusters: 3 * GIBIBYTE, furtherCluster: GIBIBYTE } as const;

/** What a lab asks of the machine on which it is to stand. */
export interface LabDemands {
  /** Bytes of memory. */
  readonly memory: number;
  /** Ports of loopback. */
  readonly ports: readonly PortDemand[];
  /** Networks that must not overlap a route of this host, and that never become one. */
  readonly networks: readonly NetworkDemand[];
  /** The lab's own network, a route of this host once the lab stands; undefined where the next free one will do. */
  readonly bridge: NetworkDemand | undefined;
}

/** What a lab asks of the machine; each port and network with the key that the user would set to change it. */
export function demandsOf(config: LabConfig): LabDemands {
  const { cidr, orNextFree } = config.network;
  const bridge = orNextFree ? undefined : { cidr, key: "networkCidr" };
  switch (config.lab) {
    case "vm":
      return { ...vmDemands(config), bridge };
    case "multicluster":
      return { ...multiClusterDemands(config), bridge };
  }
}

function vmDemands(config: VmLabConfig): Omit<LabDemands, "bridge"> {
  const networks = (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: config[key], key }));
  return { memory: MEMORY.vm, ports: vmLabPorts(config), networks };
}

function multiClusterDemands(config: MultiClusterLabConfig): Omit<LabDemands, "bridge"> {
  const networks = config.clusters.flatMap((cluster, index) =>
    (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: cluster[key], key: `clusters[${index}].${key}` })),
  );
  const memory = MEMORY.twoClusters + (config.clusters.length - 2) * MEMORY.furtherCluster;
  return { memory, ports: multiClusterLabPorts(config), networks };
}
