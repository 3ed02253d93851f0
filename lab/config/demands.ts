import type { LabSize } from "../../infra/core/workstation/needs";
import type { LabConfig } from "./lab-config";
import { multiClusterLabPorts, type MultiClusterLabConfig } from "../multicluster/config/schema";
import { CLIENT_HOST } from "../multicluster/config/rules";
import type { NetworkDemand, PortDemand } from "./rules";
import { TRAFFIC_FLOW_NAMES, trafficFlowLabPorts, type TrafficFlowLabConfig } from "../traffic-flow/config/schema";
import { vmLabPorts, type LocalVmLabConfig } from "../vm/config/schema";
import { VM_LAB_CLUSTER } from "../vm/config/members";

/** The containers of a lab, by what the notes call them. */
export interface LabMachines {
  readonly clusters: readonly string[];
  readonly hosts: readonly string[];
}

/** How many machines there are: what they take is in infra/core/workstation/needs.ts. */
export function sizeOf({ clusters, hosts }: LabMachines): LabSize {
  return { nodes: clusters.length, hosts: hosts.length };
}

/** What a lab asks of the machine on which it is to stand. */
export interface LabDemands {
  /** Kubernetes nodes, by their clusters, and VMs and client hosts, as the notes call them: each is a container. */
  readonly machines: LabMachines;
  /** Ports of loopback. */
  readonly ports: readonly PortDemand[];
  /** Networks that must not overlap a route of this host, and that never become one. */
  readonly networks: readonly NetworkDemand[];
  /** The lab's own network, a route of this host once the lab stands; undefined if the next free one will do. */
  readonly bridge: NetworkDemand | undefined;
}

/** What a lab asks that stands on machines of its own. */
const NOTHING: LabDemands = { machines: { clusters: [], hosts: [] }, ports: [], networks: [], bridge: undefined };

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
  const machines = { clusters: [VM_LAB_CLUSTER], hosts: config.vms.map(({ name }) => name) };
  return { machines, ports: vmLabPorts(config), networks };
}

function trafficFlowDemands(config: TrafficFlowLabConfig): Omit<LabDemands, "bridge"> {
  const networks = (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: config[key], key }));
  const machines = { clusters: [TRAFFIC_FLOW_NAMES.cluster], hosts: [TRAFFIC_FLOW_NAMES.client] };
  return { machines, ports: trafficFlowLabPorts(config), networks };
}

function multiClusterDemands(config: MultiClusterLabConfig): Omit<LabDemands, "bridge"> {
  const networks = config.clusters.flatMap((cluster, index) =>
    (["podCidr", "serviceCidr"] as const).map((key) => ({ cidr: cluster[key], key: `clusters[${index}].${key}` })),
  );
  const machines = { clusters: config.clusters.map(({ name }) => name), hosts: [CLIENT_HOST.name] };
  return { machines, ports: multiClusterLabPorts(config), networks };
}
