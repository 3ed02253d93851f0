import { digest } from "./names";
import { NODE_PORTS } from "./node-ports";

/** What decides a kind cluster. */
export interface KindConfigArgs {
  /** CIDR of pods, e.g. `172.16.0.0/16`. */
  readonly podCidr: string;
  /** CIDR of services, e.g. `10.10.200.0/24`. */
  readonly serviceCidr: string;
  /** First of the ports on 127.0.0.1 that reach the node ports 30000 to 30007. */
  readonly portBase: number;
  /** Node labels, e.g. region and zone. Default none. */
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** The kernel withholds CAP_SYS_RESOURCE: the kubelet must not fail if it cannot set limits. */
  readonly restrictedKernel: boolean;
}

/** The label by which a create that runs again knows a cluster of the same definition. */
export const IDENTITY_LABEL = "istio-lab/identity";

/** One control plane needs no leader election: electing one costs each component seconds at its start. */
const NO_LEADER_ELECTION = `kind: ClusterConfiguration
controllerManager:
  extraArgs:
    leader-elect: "false"
scheduler:
  extraArgs:
    leader-elect: "false"
`;

/** The kubelet otherwise refuses to start if the kernel lets it set neither limits nor sysctls. */
const IN_USER_NAMESPACE = `kind: KubeletConfiguration
featureGates:
  KubeletInUserNamespace: true
`;

/**
 * The definition of a kind cluster with one node.
 * @returns a `kind.x-k8s.io/v1alpha4` Cluster without a name; its node carries the definition's digest as a label
 * @see https://kind.sigs.k8s.io/docs/user/configuration/
 */
export function kindConfig(args: KindConfigArgs): Record<string, unknown> {
  return {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    networking: {
      apiServerAddress: "127.0.0.1",
      podSubnet: args.podCidr,
      serviceSubnet: args.serviceCidr,
    },
    kubeadmConfigPatches: [NO_LEADER_ELECTION, ...(args.restrictedKernel ? [IN_USER_NAMESPACE] : [])],
    nodes: [
      {
        role: "control-plane",
        labels: { ...args.nodeLabels, [IDENTITY_LABEL]: digest(args) },
        extraPortMappings: NODE_PORTS.map((nodePort, index) => ({
          containerPort: nodePort,
          hostPort: args.portBase + index,
          listenAddress: "127.0.0.1",
        })),
      },
    ],
  };
}
