import { addressAt, addressCount, parseCidr } from "../../../infra/core/addresses";
import type { ConfigIssue } from "../../../infra/core/errors";
import { isDnsLabel } from "../../../infra/core/names";
import type { Sound } from "../../config/common";
import type { ClusterConfig, MultiClusterLabConfig } from "./schema";
import {
  clusterNetworkIssues,
  labNetworkIssues,
  LAST_PORT,
  overlapIssues,
  pairs,
  reservedIssues,
  sharedPortIssues,
  type RequiredPort,
} from "../../config/rules";

/** The client host outside the mesh, by its name and its number in the lab's network. */
export const CLIENT_HOST = { name: "mypc", number: 100 } as const;

/** Numbers below this one are for Docker to hand out to nodes. */
export const FIRST_FREE_NUMBER = 16;

/** A cluster's name is part of the names of containers, contexts and files. */
const LONGEST_NAME = 20;

/** The ingress gateway and the east-west gateway have an address each. */
const SMALLEST_POOL = 2;

/** The smallest network that holds seven pools beside nodes and client. */
const LONGEST_PREFIX = 24;

/** The lab as far as it could be read. */
export interface MultiClusterFacts {
  /** Every cluster's, in the order in which the user wrote them. */
  readonly names: readonly string[];
  /** How many clusters there can be. */
  readonly most: number;
  readonly network: MultiClusterLabConfig["network"];
  /** In the same order; no more than there can be. */
  readonly clusters: readonly ClusterConfig[];
  /** The lab's port base. */
  readonly portBase: number;
  readonly ports: readonly RequiredPort[];
}

/** What cannot be combined, in the order of the keys; what could not be read is left alone. */
export function multiClusterIssues(facts: MultiClusterFacts, sound: Sound): ConfigIssue[] {
  return [
    ...networkIssues(facts, sound),
    ...countIssues(facts),
    ...nameIssues(facts),
    ...poolIssues(facts, sound),
    ...portIssues(facts, sound),
  ];
}

function countIssues({ names, most }: MultiClusterFacts): ConfigIssue[] {
  if (names.length > most) {
    const problem = `${names.length} clusters are named, and the lab has addresses for ${most}; take ${names.length - most} off the list`;
    return [{ key: "clusters", problem }];
  }
  if (names.length > 1) {
    return [];
  }
  const given = names.length === 0 ? "no cluster is named" : `only one cluster, "${names[0]}", is named`;
  const problem = `${given}; a mesh of several clusters needs at least two; write e.g. [{"name":"west"},{"name":"east"}]`;
  return [{ key: "clusters", problem }];
}

function nameIssues({ names }: MultiClusterFacts): ConfigIssue[] {
  return names.flatMap((name, index) => {
    const problem = nameProblem(name, names.slice(0, index));
    return problem === undefined ? [] : [{ key: `clusters[${index}].name`, problem: `"${name}" ${problem}` }];
  });
}

function nameProblem(name: string, before: readonly string[]): string | undefined {
  if (!isDnsLabel(name)) {
    return "is not a DNS label; use lower case letters, digits and hyphens, e.g. west";
  }
  if (name.length > LONGEST_NAME) {
    return `has ${name.length} characters; use at most ${LONGEST_NAME}`;
  }
  if (name === CLIENT_HOST.name) {
    return "is the name of the client host; choose another, e.g. north";
  }
  return before.includes(name) ? "is there twice; give every cluster a name of its own" : undefined;
}

/** Where two values do not go together, the one that the user wrote is to blame: those come last. */
const derivedFirst = <Value extends { readonly written: boolean }>(values: readonly Value[]): Value[] => [
  ...values.filter(({ written }) => !written),
  ...values.filter(({ written }) => written),
];

function networkIssues({ network, clusters }: MultiClusterFacts, sound: Sound): ConfigIssue[] {
  const networks = clusters.flatMap((cluster, index) =>
    (["podCidr", "serviceCidr"] as const).map((key) => ({
      key: `clusters[${index}].${key}`,
      cidr: cluster[key],
      written: cluster.given[key] !== undefined,
    })),
  );
  const lab = { key: "networkCidr", cidr: network.cidr, written: !network.orNextFree };
  const readable = [lab, ...networks].filter(({ key }) => sound(key));
  return [
    ...labNetworkIssues(network.cidr, LONGEST_PREFIX, "nodes, client and load balancers"),
    ...overlapIssues(derivedFirst(readable)),
    ...reservedIssues(readable),
    ...clusters.flatMap((cluster, index) => clusterNetworkIssues(cluster, sound, `clusters[${index}].`)),
  ];
}

interface Pool {
  readonly key: string;
  readonly text: string;
  readonly first: number;
  readonly last: number;
  readonly written: boolean;
}

function poolIssues({ network, clusters }: MultiClusterFacts, sound: Sound): ConfigIssue[] {
  if (!sound("networkCidr") || parseCidr(network.cidr).prefix > LONGEST_PREFIX) {
    return [];
  }
  const pools = clusters
    .map(({ given, loadBalancerPool: pool }, index): Pool => {
      const text =
        given.loadBalancerPool ?? `${addressAt(network.cidr, pool.first)}-${addressAt(network.cidr, pool.last)}`;
      const key = `clusters[${index}].loadBalancerPool`;
      return { key, text, ...pool, written: given.loadBalancerPool !== undefined };
    })
    .filter(({ key }) => sound(key));
  const single = pools.flatMap((pool) =>
    poolProblems(pool, network.cidr).map((problem) => ({ key: pool.key, problem: `${pool.text} ${problem}` })),
  );
  const shared = pairs(derivedFirst(pools))
    .filter(({ blamed, other }) => blamed.first <= other.last && other.first <= blamed.last)
    .map(({ blamed, other }) => ({
      key: blamed.key,
      problem: `${blamed.text} overlaps ${other.key} ${other.text}; choose pools that share no address`,
    }));
  return [...single, ...shared];
}

function poolProblems({ first, last }: Pool, networkCidr: string): string[] {
  const broadcast = addressCount(networkCidr) - 1;
  const address = (number: number) => addressAt(networkCidr, number);
  if (first < 0 || last > broadcast) {
    const right = `choose addresses from ${address(FIRST_FREE_NUMBER)} to ${address(broadcast - 1)}`;
    return [`is not in the lab's network ${networkCidr}; ${right}`];
  }
  const problems: string[] = [];
  if (last - first + 1 < SMALLEST_POOL) {
    problems.push("is one address; give the ingress gateway and the east-west gateway one each");
  }
  if (first < FIRST_FREE_NUMBER) {
    problems.push(`holds addresses that Docker hands out to nodes; begin at ${address(FIRST_FREE_NUMBER)} or later`);
  }
  if (first <= CLIENT_HOST.number && last >= CLIENT_HOST.number) {
    problems.push(
      `holds ${address(CLIENT_HOST.number)}, the client host ${CLIENT_HOST.name}; choose a pool without it`,
    );
  }
  if (last === broadcast) {
    problems.push(`ends in the broadcast address of ${networkCidr}; end at ${address(broadcast - 1)} or before`);
  }
  return problems;
}

function portIssues({ clusters, portBase, ports }: MultiClusterFacts, sound: Sound): ConfigIssue[] {
  // A base that could not be read was replaced by one that nobody asked for.
  if (!sound("portBase") || clusters.some((_, index) => !sound(`clusters[${index}].portBase`))) {
    return [];
  }
  const beyond = new Map(ports.filter(({ port }) => port > LAST_PORT).map(({ port, key }) => [key, port]));
  const outOfRange = [...beyond].map(([key, port]) => {
    const base =
      key === "portBase" ? portBase : Math.min(...ports.filter((one) => one.key === key).map((one) => one.port));
    return { key, problem: `port ${port} is out of range; the lab needs the ports up to ${key} + ${port - base}` };
  });
  return [...outOfRange, ...sharedPortIssues(ports.filter(({ port }) => port <= LAST_PORT))];
}
