import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** What decides how the objects of a cluster are reached. */
export interface ClusterProviderArgs {
  /** Admin kubeconfig, YAML. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The same for a new cluster in this one's place: see objectOptions. */
  readonly clusterName: string;
  /** What the cluster goes with. */
  readonly anchor: pulumi.Resource;
}

/** The one provider of a cluster's objects. */
export function clusterProvider(
  name: string,
  { kubeconfig, clusterName, anchor }: ClusterProviderArgs,
  parent: pulumi.Resource,
): kubernetes.Provider {
  return new kubernetes.Provider(
    name,
    {
      kubeconfig,
      clusterIdentifier: clusterName,
      deleteUnreachable: true,
      // A run that died between the creation of an object and the writing of the state left it behind.
      upsertExistingObjects: true,
    },
    { parent, deletedWith: anchor },
  );
}
