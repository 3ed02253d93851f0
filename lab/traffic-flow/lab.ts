import * as pulumi from "@pulumi/pulumi";
import { Observability } from "../../infra/addon/observability";
import type { Cluster } from "../../infra/cluster/cluster";
import { KindCluster } from "../../infra/cluster/kind-cluster";
import { Manifests } from "../../infra/cluster/manifest";
import { NodeTools } from "../../infra/cluster/node-tools";
import { CONTROL_PLANE_DEPLOYMENTS, defaultProfileOperator } from "../../infra/core/istio-operator";
import { onLoopback } from "../../infra/core/node-ports";
import { UrlAnswers } from "../../infra/exec/url-answers";
import { clientHost } from "../../infra/host/client-host";
import type { ContainerHost } from "../../infra/host/container-host";
import { IstioInstallation } from "../../infra/mesh/istio";
import { DockerNetwork } from "../../infra/network/docker-network";
import type { TrafficFlowLabConfig } from "./config/schema";
import type { LabContext } from "../program/context";
import type { LabOutputs, OutputNames } from "../program/outputs";
import { trafficFlowNames, trafficFlowOutputs } from "./access";
import { trafficFlowManifests, type TrafficFlowPart } from "./manifest-sets";
import { CLIENT_HOST, CLUSTER, ENGINE_RANGE, NODE_NUMBER, NODE_PORTS, OPS_VIEW_NODE_PORT } from "./study-notes";

/** The `traffic-flow` lab: one cluster, Istio's default profile, a client outside the mesh, nginx and Bookinfo. */
export class TrafficFlowLab extends pulumi.ComponentResource {
  /** Where everything is; resolves once nginx and Bookinfo answer through the ingress gateway. */
  public readonly outputs: pulumi.Output<LabOutputs>;
  public readonly names: OutputNames;
  /** Kubeconfigs by cluster name. Secret. */
  public readonly kubeconfigs: pulumi.Output<Record<string, string>>;

  public constructor(
    name: string,
    private readonly config: TrafficFlowLabConfig,
    private readonly context: LabContext,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:lab:TrafficFlowLab", name, {}, options);
    const network = this.network(name);
    const client = this.client(`${name}-${CLIENT_HOST.name}`, network);
    const cluster = this.cluster(name, network);
    const tools = this.tools(name, cluster);
    const namespaces = this.manifests(name, "namespaces", cluster);
    const controlPlane = this.controlPlane(name, cluster, [namespaces]);
    const nginx = this.manifests(name, "nginx", cluster, [controlPlane]);
    const bookinfo = this.manifests(name, "bookinfo", cluster, [controlPlane]);
    this.addons(name, cluster, [nginx, bookinfo], [namespaces]);
    const answers = [
      this.answers(`${name}-nginx`, "/", config.domain, cluster, [nginx, client, tools]),
      this.answers(`${name}-bookinfo`, "/productpage", "bookinfo", cluster, [bookinfo]),
    ];
    this.names = trafficFlowNames(config, context.toolchain);
    this.outputs = trafficFlowOutputs({ config, context, cluster, network, client, answers });
    this.kubeconfigs = pulumi.secret(cluster.kubeconfig.apply((kubeconfig) => ({ [cluster.name]: kubeconfig })));
    this.registerOutputs({});
  }

  private network(name: string): DockerNetwork {
    const { podCidr, serviceCidr, network } = this.config;
    const args = { site: this.context, ...network, avoid: [podCidr, serviceCidr], engineRange: ENGINE_RANGE };
    return new DockerNetwork(`${name}-network`, args, { parent: this });
  }

  /** The domain leads to the node there, by the hosts file as in the study notes. */
  private client(name: string, network: DockerNetwork): ContainerHost {
    const { context, config } = this;
    const args = {
      site: context,
      name: CLIENT_HOST.name,
      image: context.image("vm"),
      network,
      address: network.addressAt(CLIENT_HOST.number),
      sshPort: config.clientSshPort,
      hosts: { [config.domain]: network.addressAt(NODE_NUMBER) },
    };
    return clientHost(name, args, this);
  }

  private cluster(name: string, network: DockerNetwork): KindCluster {
    const { context, config } = this;
    const { podCidr, serviceCidr, portBase } = config;
    const definition = { podCidr, serviceCidr, portBase };
    const args = { site: context, name: CLUSTER, definition, nodeImage: context.image("kind-node"), network };
    return new KindCluster(`${name}-${CLUSTER}`, args, { parent: this });
  }

  private tools(name: string, cluster: KindCluster): NodeTools {
    return new NodeTools(`${name}-node-tools`, { cluster }, { parent: this });
  }

  private controlPlane(name: string, cluster: Cluster, dependsOn: pulumi.Resource[]): IstioInstallation {
    const { upstreamEnvoy, images } = this.context.toolchain;
    const hasTracing = images.tracing !== undefined;
    const operator = defaultProfileOperator({ upstreamEnvoy, hasTracing, ingress: { nodePorts: NODE_PORTS } });
    const made = { deployments: CONTROL_PLANE_DEPLOYMENTS, nodePorts: NODE_PORTS };
    const args = { site: this.context, cluster, operator, ...made };
    return new IstioInstallation(`${name}-control-plane`, args, { parent: this, dependsOn });
  }

  private manifests(
    name: string,
    part: TrafficFlowPart,
    cluster: Cluster,
    dependsOn: pulumi.Resource[] = [],
  ): Manifests {
    const { istioSamples } = this.context.toolchain.files;
    const { files, values } = trafficFlowManifests(this.config, istioSamples)[part];
    return new Manifests(`${name}-${part}`, { cluster, files, values }, { parent: this, dependsOn });
  }

  private addons(
    name: string,
    cluster: Cluster,
    lab: readonly pulumi.Resource[],
    dependsOn: pulumi.Resource[],
  ): Observability {
    const { toolchain } = this.context;
    const own = { namespaces: ["default"], opsViewNodePort: OPS_VIEW_NODE_PORT };
    const args = { cluster, lab, toolchain, nodePorts: onLoopback(this.config.portBase), ...own };
    return new Observability(`${name}-addons`, args, { parent: this, dependsOn });
  }

  private answers(
    name: string,
    path: string,
    hostName: string,
    cluster: Cluster,
    dependsOn: pulumi.Resource[],
  ): UrlAnswers {
    const url = `http://127.0.0.1:${this.config.portBase}${path}`;
    const args = { url, hostName, identity: [cluster.identity] };
    return new UrlAnswers(`${name}-answers`, args, { parent: this, dependsOn });
  }
}
