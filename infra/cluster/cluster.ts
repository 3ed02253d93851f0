import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** A Kubernetes cluster, wherever it runs: all that the mesh and its applications need to know of it. */
export interface Cluster {
  /** What the study notes call it, e.g. `k3s-s`. */
  readonly name: string;
  /** Context name in its kubeconfig. */
  readonly context: string;
  /** Docker's name of its one node; undefined if that is a machine of its own. */
  readonly nodeName?: string;
  /** Path of its kubeconfig on this machine, mode 0600; the file is there once the cluster is. */
  readonly kubeconfigFile: pulumi.Output<string>;
  /** Admin kubeconfig, YAML; resolves only when the API server answers. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** URL at which the pods of other clusters on the same network reach its API server; its certificate carries the name. */
  readonly internalServer: string;
  /** The one provider through which objects of this cluster are made. */
  readonly provider: kubernetes.Provider;
  /** Changes when the cluster is recreated: the identity of all that is in it. */
  readonly identity: pulumi.Output<string>;
  /** What is in the cluster goes with this resource and need not be deleted piece by piece. */
  readonly anchor: pulumi.Resource;
}

/** What a stack's outputs say of a cluster's node. */
export function nodeOf({ nodeName }: Pick<Cluster, "nodeName">): { readonly node?: string } {
  return nodeName === undefined ? {} : { node: nodeName };
}
