import { formatCidr, overlaps, parseCidr } from "../../infra/core/addresses";
import type { ConfigIssue } from "../../infra/core/errors";
import { NODE_PORTS } from "../../infra/core/node-ports";
import type { Sound } from "./common";

/** Distance from the lab's port base to its first SSH port: 30022 by default. */
export const SSH_PORT_OFFSET = 22;

/** The last port that there is. */
export const LAST_PORT = 65535;

/** A port of loopback, and the key that decides it. */
export interface RequiredPort {
  readonly port: number;
  readonly key: string;
}

/** A network, and the key that decides it. */
export interface RequiredNetwork {
  readonly cidr: string;
  readonly key: string;
}

/** The lab's network wanted, and whether the next free one will do. */
export function wantedNetwork(networkCidr: string, notes: string): { cidr: string; orNextFree: boolean } {
  return networkCidr === "auto" ? { cidr: notes, orNextFree: true } : { cidr: networkCidr, orNextFree: false };
}

/** The ports of a cluster's node ports. */
export function nodePorts(portBase: number, key: string): RequiredPort[] {
  return NODE_PORTS.map((_, index) => ({ port: portBase + index, key }));
}

/** Every pair in the order of the second one, which is the one to blame. */
export function pairs<Entry>(entries: readonly Entry[]): { blamed: Entry; other: Entry }[] {
  return entries.flatMap((blamed, index) => entries.slice(0, index).map((other) => ({ blamed, other })));
}

/** Networks that share an address; of two, the later one is to blame. */
export function overlapIssues(networks: readonly RequiredNetwork[]): ConfigIssue[] {
  const parsed = networks.map(({ key, cidr }) => ({ key, network: parseCidr(cidr) }));
  return pairs(parsed)
    .filter(({ blamed, other }) => overlaps(blamed.network, other.network))
    .map(({ blamed, other }) => ({
      key: blamed.key,
      problem: `${formatCidr(blamed.network)} overlaps ${other.key} ${formatCidr(other.network)}; choose networks that share no address`,
    }));
}

/** Networks whose addresses mean something else on every machine. */
const RESERVED_NETWORKS = [
  ["0.0.0.0/8", "this machine itself"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local addresses and the metadata of clouds"],
  ["224.0.0.0/3", "multicast and the future"],
] as const;

/** Prefix lengths that a network may have, and why no other. */
interface Bounds {
  readonly largest: number;
  readonly smallest: number;
  /** Why a network is not larger, or smaller: follows `is too large`. */
  readonly tooLarge: string;
  readonly tooSmall: string;
}

/**
 * Kubernetes gives each node a /24 of the pods' network, and keeps no book of more than 2^16 of these.
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.4/cmd/kubeadm/app/apis/kubeadm/validation/validation.go ValidatePodSubnetNodeMask
 */
const POD_BOUNDS: Bounds = {
  largest: 8,
  smallest: 24,
  tooLarge: "for pods: Kubernetes divides a /8 at most among nodes",
  tooSmall: "for pods: Kubernetes gives each node a /24 of it",
};

/** Services that a lab makes, those of Kubernetes and of the add-ons included: traffic-flow has the most. A test counts them. */
export const MOST_SERVICES = 16;

/**
 * Kubernetes takes no more than 2^20 addresses for services. Of the smallest network, two addresses are no service's, the API server has number
 * 1 and DNS number 10; a /27 holds the most that a lab makes and as many for exercises again, nearly.
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.4/cmd/kubeadm/app/apis/kubeadm/validation/validation.go ValidateServiceSubnetSize
 */
export const SERVICE_BOUNDS: Bounds = {
  largest: 12,
  smallest: 27,
  tooLarge: "for services: Kubernetes takes a /12 at most",
  tooSmall: `for services: the lab makes up to ${MOST_SERVICES}, and exercises add some`,
};

/** Prefix length of the largest private network. */
const LARGEST_NETWORK = 8;

/** A network of the lab's own on this machine that is too large, or too small for what is in it. */
export function labNetworkIssues(cidr: string, smallest: number, contents: string): ConfigIssue[] {
  const bounds = {
    largest: LARGEST_NETWORK,
    smallest,
    tooLarge: "for a network of this machine",
    tooSmall: `for ${contents}`,
  };
  return boundsIssues({ key: "networkCidr", cidr }, bounds);
}

/**
 * Networks of a cluster that kubeadm and k3s would refuse, after minutes.
 * @param prefix in front of both keys, e.g. `clusters[0].`
 */
export function clusterNetworkIssues(
  { podCidr, serviceCidr }: { readonly podCidr: string; readonly serviceCidr: string },
  sound: Sound,
  prefix = "",
): ConfigIssue[] {
  const networks = [
    { key: `${prefix}podCidr`, cidr: podCidr, bounds: POD_BOUNDS },
    { key: `${prefix}serviceCidr`, cidr: serviceCidr, bounds: SERVICE_BOUNDS },
  ];
  return networks.filter(({ key }) => sound(key)).flatMap((network) => boundsIssues(network, network.bounds));
}

/**
 * Networks of a lab with one cluster that cannot be combined, or not at all.
 * @param smallest longest prefix of the lab's own network that has room for what is in it
 * @param contents what that is, for the message
 */
export function oneClusterNetworkIssues(
  { network, podCidr, serviceCidr }: OneClusterNetworks,
  sound: Sound,
  smallest: number,
  contents: string,
): ConfigIssue[] {
  const networks = [
    { key: "networkCidr", cidr: network.cidr },
    { key: "serviceCidr", cidr: serviceCidr },
    { key: "podCidr", cidr: podCidr },
  ].filter(({ key }) => sound(key));
  return [
    ...overlapIssues(networks),
    ...reservedIssues(networks),
    ...labNetworkIssues(network.cidr, smallest, contents),
    ...clusterNetworkIssues({ podCidr, serviceCidr }, sound),
  ];
}

/** The networks of a lab with one cluster, as CIDR. */
interface OneClusterNetworks {
  readonly network: { readonly cidr: string };
  readonly podCidr: string;
  readonly serviceCidr: string;
}

function boundsIssues({ key, cidr }: RequiredNetwork, bounds: Bounds): ConfigIssue[] {
  const { prefix } = parseCidr(cidr);
  const { largest, smallest, tooLarge, tooSmall } = bounds;
  const reason = prefix < largest ? `large ${tooLarge}` : `small ${tooSmall}`;
  const problem = `${cidr} is too ${reason}; use a network from /${largest} to /${smallest}`;
  return prefix < largest || prefix > smallest ? [{ key, problem }] : [];
}

/** Networks that hold addresses that mean something else on every machine: Docker takes them, and nothing is reached in them. */
export function reservedIssues(networks: readonly RequiredNetwork[]): ConfigIssue[] {
  return networks.flatMap(({ key, cidr }) =>
    RESERVED_NETWORKS.filter(([reserved]) => overlaps(parseCidr(reserved), parseCidr(cidr))).map(([reserved, use]) => ({
      key,
      problem: `${cidr} overlaps ${reserved}, which is for ${use}; choose a private network, e.g. 10.60.0.0/16`,
    })),
  );
}

/** Ports that are used twice, the first one for each two keys; of two, the later one is to blame. */
export function sharedPortIssues(ports: readonly RequiredPort[]): ConfigIssue[] {
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
