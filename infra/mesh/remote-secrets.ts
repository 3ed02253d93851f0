import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/cluster";
import { objectOptions } from "../cluster/object-options";
import { base64 } from "../core/base64";
import { LocalRunner, type Step } from "../exec/runner";
import { KUBECONFIG } from "../exec/step-output";

/** A cluster that others are to see. */
export interface MeshMember {
  readonly cluster: Cluster;
  /** Istio's name of it, e.g. `west-cluster`. */
  readonly clusterName: string;
  /** Brings the service account that the others read with. */
  readonly controlPlane: pulumi.Resource;
  /** The namespace `istio-system`, which holds what it knows of the others. */
  readonly namespace: pulumi.Resource;
}

/**
 * Lets every istiod discover the workloads of every other cluster.
 * Children: `<name>-<cluster>-reader` for each cluster, `<name>-<cluster>-in-<other>` for each pair.
 * @see study notes 12: `istioctl x create-remote-secret`, both ways
 */
export class RemoteSecrets extends pulumi.ComponentResource {
  /** @param members all clusters of the mesh */
  public constructor(name: string, members: readonly MeshMember[], options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:mesh:RemoteSecrets", name, {}, options);
    for (const member of members) {
      const reader = this.reader(`${name}-${member.cluster.name}-reader`, member);
      for (const other of members.filter((one) => one !== member)) {
        this.secret(`${name}-${member.cluster.name}-in-${other.cluster.name}`, member, reader, other);
      }
    }
    this.registerOutputs({});
  }

  /** Makes the token with which the others read a cluster. */
  private reader(name: string, { cluster, clusterName, controlPlane }: MeshMember): Step {
    return new LocalRunner().step(
      name,
      {
        create: "remote-secret-create.sh",
        environment: { KUBECONFIG: cluster.kubeconfigFile, CLUSTER_ID: clusterName, SERVER: cluster.internalServer },
        identity: [cluster.identity, cluster.internalServer],
        output: KUBECONFIG,
      },
      { parent: this, deletedWith: cluster.anchor, dependsOn: [controlPlane] },
    );
  }

  /** Istio knows such secrets by their label; their key is the cluster's name. */
  private secret(name: string, { clusterName }: MeshMember, reader: Step, other: MeshMember): void {
    new kubernetes.core.v1.Secret(
      name,
      {
        metadata: {
          name: `istio-remote-secret-${clusterName}`,
          namespace: "istio-system",
          labels: { "istio/multiCluster": "true" },
          annotations: { "networking.istio.io/cluster": clusterName },
        },
        data: pulumi.secret(reader.stdout.apply((text) => ({ [clusterName]: base64(text) }))),
      },
      objectOptions(other.cluster, this, { dependsOn: [other.namespace] }),
    );
  }
}
