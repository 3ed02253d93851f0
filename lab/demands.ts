import type { LabSize } from "../infra/core/workstation/needs";
import type { LabConfig } from "./config";
import { multiClusterLabPorts, type MultiClusterLabConfig } from "./config-multicluster";
import type { NetworkDemand, PortDemand } from "./config-rules";
import { trafficFlowLabPorts, type TrafficFlowLabConfig } from "./config-traffic-flow";
import { vmLabPorts, type LocalVmLabConfig } from "./config-vm";

/** What a lab asks of the machine on which it is to stand. */
export interface LabDemands {
  /** Machines in containers: what they take is in infra/core/workstation/needs.ts. */
  readonly size: LabSize;
  /** Ports of loopback. */
  readonly ports: readonly PortDemand[];
  /** Networks that must not overlap a route of this host, and that never become one. */
  readonly networks: readonly NetworkDemand[];
  /** The lab's own network, a route of this host once the lab stands; undefined if the next free one will do. */
  readonly bridge: NetworkDemand | undefined;
}

/** What a lab asks that stands on machines of its own. */
const NOTHING: LabDemands = { size: { nodes: 0, hosts: 0 }, ports: [], networks: [], bridge: undefined };

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
  return { size: { nodes: 1, hosts: config.vms.length }, ports: vmLabPorts(config), networks };
}

function trafficFlowDemands(config: TrafficFlowLabConfig): Omit<LabDemands, "bridge"> {
  const networks = (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: config[key], key }));
  return { size: { nodes: 1, hosts: 1 }, ports: trafficFlowLabPorts(config), networks };
}

function multiClusterDemands(config: MultiClusterLabConfig): Omit<LabDemands, "bridge"> {
  const networks = config.clusters.flatMap((cluster, index) =>
    (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: cluster[key], key: `clusters[${index}].${key}` })),
  );
  return { size: { nodes: config.clusters.length, hosts: 1 }, ports: multiClusterLabPorts(config), networks };
}
