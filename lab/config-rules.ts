import { formatCidr, overlaps, parseCidr } from "../infra/core/addresses";
import type { ConfigIssue } from "../infra/core/errors";
import { NODE_PORTS } from "../infra/core/node-ports";

/** Distance from the lab's port base to its first SSH port: 30022 by default. */
export const SSH_PORT_OFFSET = 22;

/** The last port that there is. */
export const LAST_PORT = 65535;

/** A port of loopback, and the key that decides it. */
export interface PortDemand {
  readonly port: number;
  readonly key: string;
}

/** A network, and the key that decides it. */
export interface NetworkDemand {
  readonly cidr: string;
  readonly key: string;
}

/** The lab's network wanted, and whether the next free one will do. */
export function wantedNetwork(networkCidr: string, notes: string): { cidr: string; orNextFree: boolean } {
  return networkCidr === "auto" ? { cidr: notes, orNextFree: true } : { cidr: networkCidr, orNextFree: false };
}

/** The ports of a cluster's node ports. */
export function nodePorts(portBase: number, key: string): PortDemand[] {
  return NODE_PORTS.map((_, index) => ({ port: portBase + index, key }));
}

/** Every pair in the order of the second one, which is the one to blame. */
export function pairs<Entry>(entries: readonly Entry[]): { blamed: Entry; other: Entry }[] {
  return entries.flatMap((blamed, index) => entries.slice(0, index).map((other) => ({ blamed, other })));
}

/** Networks that share an address; of two, the later one is to blame. */
export function overlapIssues(networks: readonly NetworkDemand[]): ConfigIssue[] {
  const parsed = networks.map(({ key, cidr }) => ({ key, network: parseCidr(cidr) }));
  return pairs(parsed)
    .filter(({ blamed, other }) => overlaps(blamed.network, other.network))
    .map(({ blamed, other }) => ({
      key: blamed.key,
      problem: `${formatCidr(blamed.network)} overlaps ${other.key} ${formatCidr(other.network)}; choose networks that share no address`,
    }));
}

/** Ports that are used twice, the first one for each two keys; of two, the later one is to blame. */
export function sharedPortIssues(ports: readonly PortDemand[]): ConfigIssue[] {
  const holders = new Map<number, string>();
  const reported = new Set<string>();
  return ports.flatMap(({ port, key }) => {
    const holder = holders.get(port);
    holders.set(port, holder ?? key);
    if (holder === undefined || reported.has(`${holder} ${key}`)) {
      return [];
    }
    reported.add(`${holder} ${key}`);
    return [{ key, problem: `port ${port} is used twice, by ${holder} too; choose another` }];
  });
}
