import type { LabSize } from "../../infra/core/workstation/needs";
import type { RequiredNetwork, RequiredPort } from "./rules";

/** The containers of a lab, by what the study notes call them. */
export interface LabMachines {
  readonly clusters: readonly string[];
  readonly hosts: readonly string[];
}

/** How many machines there are: what they take is in infra/core/workstation/needs.ts. */
export function sizeOf({ clusters, hosts }: LabMachines): LabSize {
  return { nodes: clusters.length, hosts: hosts.length };
}

/** What a lab asks of the machine on which it is to run. */
export interface LabRequirements {
  /** Kubernetes nodes, by their clusters, and VMs and client hosts, as the study notes call them: each is a container. */
  readonly machines: LabMachines;
  /** Ports of loopback. */
  readonly ports: readonly RequiredPort[];
  /** Networks that must not overlap a route of this host, and that never become one. */
  readonly networks: readonly RequiredNetwork[];
  /** The lab's own network, a route of this host once the lab is built; undefined if the next free one will do. */
  readonly bridge: RequiredNetwork | undefined;
}

/** What a lab asks for that runs on machines of its own. */
export const NO_REQUIREMENTS: LabRequirements = {
  machines: { clusters: [], hosts: [] },
  ports: [],
  networks: [],
  bridge: undefined,
};

/** The lab's own network, if it has to be that one. */
export function bridgeOf({ cidr, orNextFree }: { readonly cidr: string; readonly orNextFree: boolean }) {
  return orNextFree ? undefined : { cidr, key: "networkCidr" };
}
