import { z } from "zod";
import { addressCount, numberOf, parseRange, type AddressRange } from "../../../infra/core/addresses";
import {
  cidr,
  COMMON_SHAPE,
  flag,
  labSettings,
  port,
  readBy,
  type Checked,
  type LabSettings,
  type Sound,
} from "../../config/common";
import { multiClusterIssues } from "./rules";
import { nodePorts, SSH_PORT_OFFSET, wantedNetwork, type RequiredPort } from "../../config/rules";

/** The study notes' network, which `networkCidr: auto` tries first. */
const DEFAULT_NETWORK = "172.18.0.0/16";

/** What `portBase: auto` is: beside the `vm` lab's. */
const DEFAULT_PORT_BASE = 31000;

/** Distance between the port bases of two slots. */
const PORT_STEP = 100;

/** A place in the lab from which everything is derived that the user leaves open. */
interface Slot {
  readonly number: number;
  /** Services are in 10.x.0.0/24. */
  readonly serviceOctet: number;
  /** Where the pool begins in the last 256 addresses of the network. */
  readonly poolOffset: number;
}

/** The study notes: west has services in 10.100.0.0/24 and the pool from 101 on, east 10.200.0.0/24 and 201. */
const SLOTS: readonly Slot[] = [
  [100, 101],
  [200, 201],
  [101, 121],
  [201, 221],
  [102, 141],
  [202, 161],
  [103, 181],
].map(([serviceOctet = 0, poolOffset = 0], number) => ({ number, serviceOctet, poolOffset }));

/** These have slots 0 to 3 whatever their place in the list, so that one that is dropped moves no other. */
const FAMILIAR_NAMES: readonly string[] = ["west", "east", "north", "south"];

const POOL_SIZE = 20;

/** What is derived from a cluster's slot if the user does not give it, and two clusters cannot share. */
type Derivable = "podCidr" | "serviceCidr" | "loadBalancerPool" | "portBase";

/** A cluster of the mesh. */
export interface ClusterConfig {
  /** What the study notes call it, a DNS label, e.g. `west`: its Istio cluster is `west-cluster`, its network `west-network`. */
  readonly name: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** Label `topology.kubernetes.io/region` of its node, e.g. `westus`. */
  readonly region: string;
  /** Label `topology.kubernetes.io/zone` of its node, e.g. `0`. */
  readonly zone: string;
  /** MetalLB's addresses by their numbers in the lab's network, both included: 65381 is 172.18.255.101 in 172.18.0.0/16. */
  readonly loadBalancerPool: { readonly first: number; readonly last: number };
  /** First of eight ports on loopback that reach the node ports 30000 to 30007. */
  readonly portBase: number;
  /** Which of these values the user gave, as they were written; the others are derived. */
  readonly given: Readonly<Partial<Record<Derivable, string>>>;
}

/** The `multicluster` lab on this machine. */
export interface MultiClusterLabConfig {
  readonly lab: "multicluster";
  readonly platform: "local";
  readonly versions: string;
  /** The lab's network wanted, and whether the next free one will do. */
  readonly network: { readonly cidr: string; readonly orNextFree: boolean };
  /** At least two. The first one runs webapp, the second one catalog, all of them simple-backend. */
  readonly clusters: readonly ClusterConfig[];
  /** Port of loopback for the sshd of `mypc`. */
  readonly clientSshPort: number;
  /** Calls stay in the caller's region and fail over to another one: a DestinationRule with outlier detection. */
  readonly localityFailover: boolean;
  /** An AuthorizationPolicy lets only the ingress gateway call simple-backend. */
  readonly allowOnlyIngress: boolean;
}

/** What Kubernetes takes as a label's value, though not an empty one. */
const isLabelValue = (text: string) => /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text);
const NO_LABEL_VALUE =
  "is not a label value; use letters, digits, hyphens, underscores and dots, at most 63, a letter or digit first and last";

const clusterSchema = z.strictObject({
  name: z.string(),
  podCidr: cidr.optional(),
  serviceCidr: cidr.optional(),
  region: z.string().refine(isLabelValue, `${NO_LABEL_VALUE}, e.g. westus`).optional(),
  zone: z
    .union([z.number().transform(String), z.string()])
    .refine(isLabelValue, `${NO_LABEL_VALUE}, e.g. 0`)
    .optional(),
  loadBalancerPool: readBy(parseRange).optional(),
  portBase: port.optional(),
});

const schema = z.strictObject({
  ...COMMON_SHAPE,
  clusters: z.array(clusterSchema).default([{ name: "west" }, { name: "east" }]),
  localityFailover: flag.default(true),
  allowOnlyIngress: flag.default(false),
});

/** What the `multicluster` lab lets the user set. */
export const multiClusterSettings: LabSettings<MultiClusterLabConfig> = labSettings(
  schema,
  { clusters: clusterSchema },
  place,
);

function place(values: z.output<typeof schema>, sound: Sound): Checked<MultiClusterLabConfig> {
  const network = wantedNetwork(values.networkCidr, DEFAULT_NETWORK);
  const portBase = values.portBase === "auto" ? DEFAULT_PORT_BASE : values.portBase;
  const names = values.clusters.map(({ name }) => name);
  const clusters = inSlots(values.clusters).map(({ slot, cluster }) =>
    placeCluster(cluster, slot, network.cidr, portBase),
  );
  const { versions, localityFailover, allowOnlyIngress } = values;
  const config: MultiClusterLabConfig = {
    lab: "multicluster",
    platform: "local",
    versions,
    network,
    clusters,
    clientSshPort: portBase + SSH_PORT_OFFSET,
    localityFailover,
    allowOnlyIngress,
  };
  const ports = multiClusterLabPorts(config);
  const issues = multiClusterIssues({ names, most: SLOTS.length, network, clusters, portBase, ports }, sound);
  return { config, issues };
}

/** Gives each cluster its slot; there are no more clusters than slots. */
function inSlots<Named extends { readonly name: string }>(
  clusters: readonly Named[],
): { slot: Slot; cluster: Named }[] {
  const names = clusters.slice(0, SLOTS.length).map(({ name }) => name);
  const familiar = FAMILIAR_NAMES.map((name) => names.indexOf(name));
  const free = SLOTS.filter(({ number }) => (familiar[number] ?? -1) < 0);
  const others = names.map((_, index) => index).filter((index) => !familiar.includes(index));
  return clusters.flatMap((cluster, index) => {
    const own = SLOTS[familiar.indexOf(index)] ?? free[others.indexOf(index)];
    return own === undefined ? [] : [{ slot: own, cluster }];
  });
}

function placeCluster(
  { name, region, zone, ...written }: z.output<typeof clusterSchema>,
  { number, serviceOctet, poolOffset }: Slot,
  networkCidr: string,
  labPortBase: number,
): ClusterConfig {
  const { podCidr, serviceCidr, loadBalancerPool, portBase } = written;
  const first = addressCount(networkCidr) - 256 + poolOffset;
  return {
    name,
    podCidr: podCidr ?? `10.${10 * (number + 1)}.0.0/16`,
    serviceCidr: serviceCidr ?? `10.${serviceOctet}.0.0/24`,
    region: region ?? `${name}us`,
    zone: zone ?? "0",
    loadBalancerPool:
      loadBalancerPool === undefined
        ? { first, last: first + POOL_SIZE - 1 }
        : numbersOf(networkCidr, parseRange(loadBalancerPool)),
    portBase: portBase ?? labPortBase + PORT_STEP * number,
    given: givenOf(written),
  };
}

function numbersOf(cidr: string, { first, last }: AddressRange): { first: number; last: number } {
  return { first: numberOf(cidr, first), last: numberOf(cidr, last) };
}

function givenOf(written: Readonly<Partial<Record<Derivable, string | number | undefined>>>): ClusterConfig["given"] {
  const values = Object.entries(written).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return Object.fromEntries(values) as ClusterConfig["given"];
}

/** Every port of loopback that the lab takes, by what the user would set to move it; first what `portBase` moves. */
export function multiClusterLabPorts({
  clusters,
  clientSshPort,
}: Pick<MultiClusterLabConfig, "clusters" | "clientSshPort">): RequiredPort[] {
  const windows = clusters.map(({ portBase, given }, index) => {
    const derived = given.portBase === undefined;
    return { derived, ports: nodePorts(portBase, derived ? "portBase" : `clusters[${index}].portBase`) };
  });
  return [
    ...windows.flatMap(({ derived, ports }) => (derived ? ports : [])),
    { port: clientSshPort, key: "portBase" },
    ...windows.flatMap(({ derived, ports }) => (derived ? [] : ports)),
  ];
}
