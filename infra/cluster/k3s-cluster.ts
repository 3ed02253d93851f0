import { join } from "node:path";
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ownedName } from "../core/names";
import { API_SERVER_PORT } from "../core/node-ports";
import type { Site } from "../core/site";
import { LocalRunner } from "../exec/runner";
import { KUBECONFIG } from "../exec/step-output";
import type { Host } from "../host/host";
import type { Cluster } from "./cluster";
import { clusterProvider } from "./cluster-provider";

/** What decides a cluster that a host runs with k3s. */
export interface K3sClusterArgs {
  readonly site: Site;
  /** What the study notes call the cluster, e.g. `k3s-s`. */
  readonly name: string;
  /** The machine that runs k3s. */
  readonly host: Host;
  /** What must be done before k3s answers there. */
  readonly after: readonly pulumi.Resource[];
}

/** A cluster of one machine with k3s. Children: `<name>-kubeconfig`, `<name>-provider`. */
export class K3sCluster extends pulumi.ComponentResource implements Cluster {
  public readonly name: string;
  public readonly context: string;
  public readonly kubeconfigFile: pulumi.Output<string>;
  public readonly kubeconfig: pulumi.Output<string>;
  public readonly internalServer: string;
  public readonly provider: kubernetes.Provider;
  public readonly identity: pulumi.Output<string>;
  public readonly anchor: pulumi.Resource;

  public constructor(name: string, args: K3sClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:cluster:K3sCluster", name, {}, options);
    const { site, host } = args;
    const clusterName = ownedName(site.stack, args.name);
    const kubeconfigFile = join(site.stateFolder, `kubeconfig-${args.name}.yaml`);
    const kubeconfig = new LocalRunner().step(
      `${name}-kubeconfig`,
      {
        create: "k3s-kubeconfig.sh",
        delete: "kubeconfig-remove.sh",
        environment: {
          ADDRESS: host.ssh.address,
          SSH_USER: host.ssh.user,
          KEY_FILE: host.ssh.keyFile,
          KNOWN_HOSTS_FILE: host.ssh.knownHostsFile,
          SERVER: pulumi.interpolate`https://${host.ssh.address}:${API_SERVER_PORT}`,
          CONTEXT: clusterName,
          KUBECONFIG_FILE: kubeconfigFile,
        },
        identity: [host.identity, host.ssh.address],
        output: KUBECONFIG,
      },
      { parent: this, dependsOn: [...args.after], customTimeouts: { create: "10m" } },
    );

    this.name = args.name;
    this.context = clusterName;
    // k3s puts the machine's name into its certificate.
    this.internalServer = `https://${host.name}:${API_SERVER_PORT}`;
    this.kubeconfig = pulumi.secret(kubeconfig.stdout);
    this.kubeconfigFile = kubeconfig.id.apply(() => kubeconfigFile);
    this.identity = host.identity;
    this.anchor = host.anchor;
    this.provider = clusterProvider(
      `${name}-provider`,
      { kubeconfig: this.kubeconfig, clusterName, anchor: this.anchor },
      this,
    );
    this.registerOutputs({ kubeconfigFile: this.kubeconfigFile });
  }
}
