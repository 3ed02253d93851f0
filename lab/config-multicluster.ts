import type { VERSION_CHOICES } from "./config";

/** A cluster of the mesh. */
export interface ClusterConfig {
  /** What the notes call it, a DNS label, e.g. `west`: its Istio cluster is `west-cluster`, its network `west-network`. */
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
}

/** The `multicluster` lab on this machine. */
export interface MultiClusterLabConfig {
  readonly lab: "multicluster";
  readonly platform: "local";
  readonly versions: (typeof VERSION_CHOICES)[number];
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
