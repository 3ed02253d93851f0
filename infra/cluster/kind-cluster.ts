import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { kindConfig, type KindConfigArgs } from "../core/kind-config";
import { digest } from "../core/names";
import { LocalRunner } from "../exec/runner";
import { script } from "../core/script";
import type { DockerNetwork } from "../network/docker-network";
import type { Cluster } from "./cluster";

/** What decides a kind cluster on this machine's Docker engine. */
export interface KindClusterArgs {
  /** Networks, ports and labels of the cluster. */
  readonly definition: KindConfigArgs;
  /** What the notes call the cluster, e.g. `k3s-s`. */
  readonly displayName: string;
  /** Kind's name of it, unique on this machine. */
  readonly clusterName: string;
  /** Image of the node. */
  readonly nodeImage: string;
  /** Absolute path of the kubeconfig to write; never the user's own. */
  readonly kubeconfigFile: string;
  readonly network: DockerNetwork;
}

/** A kind cluster with one node. Children: `<name>-create`, `<name>-provider`. */
export class KindCluster extends pulumi.ComponentResource implements Cluster {
  public readonly name: string;
  public readonly context: string;
  public readonly kubeconfigFile: pulumi.Output<string>;
  public readonly kubeconfig: pulumi.Output<string>;
  public readonly provider: kubernetes.Provider;
  public readonly identity: pulumi.Output<string>;
  public readonly anchor: pulumi.Resource;

  public constructor(name: string, args: KindClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:cluster:KindCluster", name, {}, options);
    const definition = kindConfig(args.definition);
    const create = new LocalRunner().step(
      `${name}-create`,
      {
        create: script("kind-create.sh"),
        delete: script("kind-delete.sh"),
        environment: {
          CLUSTER: args.clusterName,
          NETWORK: args.network.name,
          NODE_IMAGE: args.nodeImage,
          IDENTITY: digest(args.definition),
          KUBECONFIG_FILE: args.kubeconfigFile,
        },
        stdin: JSON.stringify(definition),
        identity: [args.clusterName, args.nodeImage, definition, args.network.cidr],
        secretOutput: true,
      },
      { parent: this, customTimeouts: { create: "10m" } },
    );

    this.name = args.displayName;
    this.context = `kind-${args.clusterName}`;
    this.kubeconfig = pulumi.secret(create.stdout);
    this.kubeconfigFile = create.id.apply(() => args.kubeconfigFile);
    this.identity = create.id;
    this.anchor = create;
    this.provider = new kubernetes.Provider(
      `${name}-provider`,
      {
        kubeconfig: this.kubeconfig,
        // The same for a new cluster of this name: see objectOptions.
        clusterIdentifier: args.clusterName,
        deleteUnreachable: true,
        // A run that died between the creation of an object and the writing of the state left it behind.
        upsertExistingObjects: true,
        // Its fields still belong to that run, under a name that nobody knows any more.
        enablePatchForce: true,
      },
      { parent: this, deletedWith: create },
    );
    this.registerOutputs({ kubeconfigFile: this.kubeconfigFile });
  }
}
