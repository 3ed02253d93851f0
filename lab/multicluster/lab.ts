import * as pulumi from "@pulumi/pulumi";
import { UrlAnswers } from "../../infra/exec/url-answers";
import { clientHost } from "../../infra/host/client-host";
import type { ContainerHost } from "../../infra/host/container-host";
import { RemoteSecrets } from "../../infra/mesh/remote-secrets";
import { SharedCa } from "../../infra/mesh/shared-ca";
import { DockerNetwork } from "../../infra/network/docker-network";
import type { MultiClusterLabConfig } from "./config/schema";
import { CLIENT_HOST } from "./config/rules";
import type { LabContext } from "../program/context";
import { clusterNetworks } from "./config/configuration";
import { INGRESS_HOST } from "../shared/study-notes";
import type { LabOutputs, OutputNames } from "../program/outputs";
import { multiClusterNames, multiClusterOutputs } from "./access";
import { multiClusterManifests } from "./manifest-sets";
import { MeshCluster } from "./mesh-cluster";
import { ENGINE_RANGE } from "./study-notes";

/** The `multicluster` lab: chapter 12, clusters that make up one mesh. */
export class MultiClusterLab extends pulumi.ComponentResource {
  /** Where everything is; resolves once webapp answers through the first cluster's ingress gateway. */
  public readonly outputs: pulumi.Output<LabOutputs>;
  public readonly names: OutputNames;
  /** Kubeconfigs by cluster name. Secret. */
  public readonly kubeconfigs: pulumi.Output<Record<string, string>>;

  public constructor(
    name: string,
    private readonly config: MultiClusterLabConfig,
    private readonly context: LabContext,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:lab:MultiClusterLab", name, {}, options);
    const network = this.network(name);
    const client = this.client(`${name}-mypc`, network);
    const members = this.members(name, network);
    const discovery = new RemoteSecrets(`${name}-remote-secrets`, members, { parent: this });
    const applications = this.applications(name, members);
    const reachable = members.flatMap((member) => member.reachable);
    const answers = this.firstAnswer(name, members, [discovery, ...applications, ...reachable]);
    this.names = multiClusterNames(config);
    this.outputs = multiClusterOutputs({ config, context, network, members, client, answers });
    this.kubeconfigs = pulumi.secret(kubeconfigsOf(members));
    this.registerOutputs({});
  }

  private network(name: string): DockerNetwork {
    const avoid = clusterNetworks(this.config).map(({ cidr }) => cidr);
    const args = { site: this.context, ...this.config.network, avoid, engineRange: ENGINE_RANGE };
    return new DockerNetwork(`${name}-network`, args, { parent: this });
  }

  private client(name: string, network: DockerNetwork): ContainerHost {
    const { context, config } = this;
    const args = {
      site: context,
      name: CLIENT_HOST.name,
      image: context.image("vm"),
      network,
      address: network.addressAt(CLIENT_HOST.number),
      sshPort: config.clientSshPort,
    };
    return clientHost(name, args, this);
  }

  private members(name: string, network: DockerNetwork): MeshCluster[] {
    const { clusters } = this.config;
    const ca = new SharedCa(`${name}-ca`, { clusters: clusters.map((one) => one.name) }, { parent: this });
    return clusters.map((config) => {
      const manifests = multiClusterManifests(this.config, config.name);
      const args = { context: this.context, config, network, certificates: ca.certificatesOf(config.name), manifests };
      return new MeshCluster(`${name}-${config.name}`, args, { parent: this });
    });
  }

  private applications(name: string, members: readonly MeshCluster[]): pulumi.Resource[] {
    return members.map((member) => member.deployApplications(`${name}-${member.cluster.name}-applications`, this));
  }

  private firstAnswer(name: string, members: readonly MeshCluster[], dependsOn: pulumi.Resource[]): UrlAnswers {
    const url = `http://127.0.0.1:${this.config.clusters[0]?.portBase}/api/catalog`;
    const args = { url, hostName: INGRESS_HOST, identity: members.map(({ cluster }) => cluster.identity) };
    return new UrlAnswers(`${name}-answers`, args, { parent: this, dependsOn });
  }
}

function kubeconfigsOf(members: readonly MeshCluster[]): pulumi.Output<Record<string, string>> {
  return pulumi
    .all(members.map(({ cluster }) => cluster.kubeconfig))
    .apply((texts) => Object.fromEntries(texts.map((text, index) => [members[index]?.cluster.name ?? "", text])));
}
