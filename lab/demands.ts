import type { LabConfig } from "./config";
import { multiClusterLabPorts, type MultiClusterLabConfig } from "./config-multicluster";
import type { NetworkDemand, PortDemand } from "./config-rules";
import { trafficFlowLabPorts, type TrafficFlowLabConfig } from "./config-traffic-flow";
import { vmLabPorts, type LocalVmLabConfig } from "./config-vm";

const GIBIBYTE = 2 ** 30;

/**
 * Memory that a lab takes. At their peak, during `up` and `verify`, the vm lab was seen to take 1.1 GiB, traffic-flow 1.2 GiB and two clusters
 * 2.0 GiB, a node with Istio about 0.8 GiB more (2026-11-25); these leave room for exercises.
 */
const MEMORY = {
  vm: 2 * GIBIBYTE,
  twoClusters: 3 * GIBIBYTE,
  furtherCluster: GIBIBYTE,
  trafficFlow: 2 * GIBIBYTE,
} as const;

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

/** What a lab asks that stands on machines of its own. */
const NOTHING: LabDemands = { memory: 0, ports: [], networks: [], bridge: undefined };

/** What a lab asks of the machine; each port and network with the key that the user would set to change it. */
export function demandsOf(config: LabConfig): LabDemands {
  if (config.platform === "aws") {
    return NOTHING;
  }
  const { cidr, orNextFree } = config.network;
  const bridge = orNextFree ? undefined : { cidr, key: "networkCidr" };
  switch (config.lab) {
    case "vm":
      return { ...vmDemands(config), bridge };
    case "multicluster":
      return { ...multiClusterDemands(config), bridge };
    case "traffic-flow":
      return { ...trafficFlowDemands(config), bridge };
  }
}

function vmDemands(config: LocalVmLabConfig): Omit<LabDemands, "bridge"> {
  const networks = (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: config[key], key }));
  return { memory: MEMORY.vm, ports: vmLabPorts(config), networks };
}

function trafficFlowDemands(config: TrafficFlowLabConfig): Omit<LabDemands, "bridge"> {
  const networks = (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: config[key], key }));
  return { memory: MEMORY.trafficFlow, ports: trafficFlowLabPorts(config), networks };
}

function multiClusterDemands(config: MultiClusterLabConfig): Omit<LabDemands, "bridge"> {
  const networks = config.clusters.flatMap((cluster, index) =>
    (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: cluster[key], key: `clusters[${index}].${key}` })),
  );
  const memory = MEMORY.twoClusters + (config.clusters.length - 2) * MEMORY.furtherCluster;
  return { memory, ports: multiClusterLabPorts(config), networks };
}
