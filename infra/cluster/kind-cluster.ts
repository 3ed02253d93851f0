import { join } from "node:path";
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { kindConfig, type KindConfigArgs } from "../core/kind-config";
import { digest, kindNode, ownedName } from "../core/names";
import { API_SERVER_PORT } from "../core/node-ports";
import { ownerEnvironment } from "../core/ownership";
import type { Site } from "../core/site";
import { LocalRunner } from "../exec/runner";
import { KUBECONFIG } from "../exec/step-output";
import type { DockerNetwork } from "../network/docker-network";
import type { Cluster } from "./cluster";
import { clusterProvider } from "./cluster-provider";

/** What decides a kind cluster on this machine's Docker engine. */
export interface KindClusterArgs {
  readonly site: Site;
  /** What the study notes call the cluster, e.g. `k3s-s`; kind's name of it is the stack's own. */
  readonly name: string;
  /** Networks, ports and labels of the cluster. */
  readonly definition: Omit<KindConfigArgs, "restrictedKernel">;
  /** Image of the node. */
  readonly nodeImage: string;
  readonly network: DockerNetwork;
}

/** A kind cluster with one node. Children: `<name>-create`, `<name>-provider`. */
export class KindCluster extends pulumi.ComponentResource implements Cluster {
  public readonly name: string;
  public readonly context: string;
  /** Docker's name of its one node. */
  public readonly nodeName: string;
  public readonly kubeconfigFile: pulumi.Output<string>;
  public readonly kubeconfig: pulumi.Output<string>;
  public readonly internalServer: string;
  public readonly provider: kubernetes.Provider;
  public readonly identity: pulumi.Output<string>;
  public readonly anchor: pulumi.Resource;

  public constructor(name: string, args: KindClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:cluster:KindCluster", name, {}, options);
    const { site, network, nodeImage } = args;
    const clusterName = ownedName(site.stack, args.name);
    const kubeconfigFile = join(site.stateFolder, `kubeconfig-${args.name}.yaml`);
    const decided = { ...args.definition, restrictedKernel: site.toolchain.restrictedKernel };
    const definition = kindConfig(decided);
    const create = new LocalRunner().step(
      `${name}-create`,
      {
        create: "kind-create.sh",
        delete: "kind-delete.sh",
        environment: {
          ...ownerEnvironment(site.owner),
          CLUSTER: clusterName,
          NETWORK: network.name,
          NODE_IMAGE: nodeImage,
          IDENTITY: digest(decided),
          KUBECONFIG_FILE: kubeconfigFile,
        },
        stdin: JSON.stringify(definition),
        identity: [clusterName, nodeImage, definition, network.cidr],
        makes: { kind: "container", name: kindNode(clusterName) },
        output: KUBECONFIG,
      },
      { parent: this, customTimeouts: { create: "10m" } },
    );

    this.name = args.name;
    this.context = `kind-${clusterName}`;
    this.nodeName = kindNode(clusterName);
    // A name and no address: Docker gives new addresses when it restarts.
    this.internalServer = `https://${this.nodeName}:${API_SERVER_PORT}`;
    this.kubeconfig = pulumi.secret(create.stdout);
    this.kubeconfigFile = create.id.apply(() => kubeconfigFile);
    this.identity = create.id;
    this.anchor = create;
    this.provider = clusterProvider(
      `${name}-provider`,
      { kubeconfig: this.kubeconfig, clusterName, anchor: create },
      this,
    );
    this.registerOutputs({ kubeconfigFile: this.kubeconfigFile });
  }
}
