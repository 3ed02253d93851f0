import type { LabSize } from "../../infra/core/workstation/needs";
import type { NetworkDemand, PortDemand } from "./rules";

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
export const NOTHING: LabDemands = {
  machines: { clusters: [], hosts: [] },
  ports: [],
  networks: [],
  bridge: undefined,
};

/** The lab's own network, if it has to be that one. */
export function bridgeOf({ cidr, orNextFree }: { readonly cidr: string; readonly orNextFree: boolean }) {
  return orNextFree ? undefined : { cidr, key: "networkCidr" };
}
