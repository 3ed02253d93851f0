import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { MetalLb } from "../../infra/addon/metallb";
import { Observability } from "../../infra/addon/observability";
import type { Cluster } from "../../infra/cluster/cluster";
import { KindCluster } from "../../infra/cluster/kind-cluster";
import { Manifests } from "../../infra/cluster/manifest";
import { controlPlaneOperator, eastWestOperator, type IstioOperator } from "../../infra/core/istio-operator";
import { ownedName } from "../../infra/core/names";
import { UrlAnswers } from "../../infra/exec/url-answers";
import { IstioInstallation } from "../../infra/mesh/istio";
import { DockerNetwork } from "../../infra/network/docker-network";
import type { VmLabConfig } from "../config";
import type { LabContext } from "../context";
import type { LabOutputs } from "../outputs";
import { vmLabOutputs } from "./access";
import { Members } from "./members";
import { IDENTITY, INGRESS_HOST, NODE_PORTS } from "./notes";

/** The `vm` lab: chapter 13, a cluster, Istio, and VMs that have joined the mesh. */
export class VmLab extends pulumi.ComponentResource {
  /** Where everything is; resolves once forum answers through the ingress gateway. */
  public readonly outputs: pulumi.Output<LabOutputs>;
  /** Kubeconfigs by cluster name. Secret. */
  public readonly kubeconfigs: pulumi.Output<Record<string, string>>;

  public constructor(
    name: string,
    private readonly config: VmLabConfig,
    private readonly context: LabContext,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:lab:VmLab", name, {}, options);
    const network = this.network(name);
    const cluster = this.cluster(name, network);
    const namespaces = this.manifests(`${name}-namespaces`, cluster, ["namespaces"]);
    const loadBalancer = this.loadBalancer(name, cluster, network);
    const controlPlane = this.controlPlane(name, cluster, [namespaces]);
    const gateway = this.eastWestGateway(name, cluster, network, [controlPlane]);
    const exposed = this.manifests(`${name}-exposed`, cluster, ["expose-services", "expose-istiod"], [controlPlane]);
    const store = this.manifests(`${name}-store`, cluster, ["webapp", "catalog", "webapp-gateway"], [controlPlane]);
    const group = this.manifests(`${name}-group`, cluster, ["workload-group", "forum"], [controlPlane]);
    this.addons(name, cluster, [namespaces]);
    const members = this.members(name, network, cluster, [controlPlane, group], [gateway, exposed, loadBalancer]);
    const answers = this.firstAnswer(name, cluster, [store, members]);
    this.outputs = vmLabOutputs({ config, context, cluster, network, members: members.all, answers });
    this.kubeconfigs = pulumi.secret(cluster.kubeconfig.apply((kubeconfig) => ({ [cluster.name]: kubeconfig })));
    this.registerOutputs({});
  }

  private network(name: string): DockerNetwork {
    const { stack } = this.context;
    const args = { networkName: ownedName(stack, "network"), stack, ...this.config.network };
    return new DockerNetwork(`${name}-network`, args, { parent: this });
  }

  private cluster(name: string, network: DockerNetwork): KindCluster {
    const { config, context } = this;
    const args = {
      displayName: "k3s-s",
      clusterName: ownedName(context.stack, "k3s-s"),
      nodeImage: context.image("kind-node"),
      kubeconfigFile: join(context.stateFolder, "kubeconfig-k3s-s.yaml"),
      network,
      definition: {
        podCidr: config.podCidr,
        serviceCidr: config.serviceCidr,
        portMappings: NODE_PORTS.map((nodePort, index) => ({ nodePort, hostPort: config.portBase + index })),
        restrictedKernel: context.toolchain.restrictedKernel,
      },
    };
    return new KindCluster(`${name}-k3s-s`, args, { parent: this });
  }

  private loadBalancer(name: string, cluster: Cluster, network: DockerNetwork): MetalLb {
    const { files, versions } = this.context.toolchain;
    const version = versions["metallb"] ?? "";
    const args = { cluster, manifestFile: files.metallbManifest, version, pool: network.loadBalancerPool };
    return new MetalLb(`${name}-metallb`, args, { parent: this });
  }

  private controlPlane(name: string, cluster: Cluster, dependsOn: pulumi.Resource[]): IstioInstallation {
    const operator = controlPlaneOperator({
      identity: IDENTITY,
      upstreamEnvoy: this.context.toolchain.upstreamEnvoy,
      ingressNodePorts: { 80: 30000, 443: 30005 },
    });
    return this.istio(`${name}-control-plane`, cluster, operator, dependsOn);
  }

  private eastWestGateway(
    name: string,
    cluster: Cluster,
    network: DockerNetwork,
    dependsOn: pulumi.Resource[],
  ): IstioInstallation {
    const operator = network.loadBalancerPool.apply(({ first }) =>
      eastWestOperator({ identity: IDENTITY, address: first }),
    );
    return this.istio(`${name}-east-west`, cluster, operator, dependsOn);
  }

  private istio(
    name: string,
    cluster: Cluster,
    operator: pulumi.Input<IstioOperator>,
    dependsOn: pulumi.Resource[],
  ): IstioInstallation {
    const version = this.context.toolchain.versions["istio"] ?? "";
    return new IstioInstallation(name, { cluster, operator, version }, { parent: this, dependsOn });
  }

  private manifests(
    name: string,
    cluster: Cluster,
    files: readonly string[],
    dependsOn: pulumi.Resource[] = [],
  ): Manifests {
    const paths = files.map((file) => join(__dirname, "manifests", `${file}.yaml`));
    const args = { cluster, files: paths, images: this.context.toolchain.images };
    return new Manifests(name, args, { parent: this, dependsOn });
  }

  private addons(name: string, cluster: Cluster, dependsOn: pulumi.Resource[]): Observability {
    const args = { cluster, images: this.context.toolchain.images, namespaces: ["istioinaction"] };
    return new Observability(`${name}-addons`, args, { parent: this, dependsOn });
  }

  private members(
    name: string,
    network: DockerNetwork,
    cluster: Cluster,
    afterControlPlane: pulumi.Resource[],
    afterGateway: pulumi.Resource[],
  ): Members {
    const { config, context } = this;
    const args = { vms: config.vms, context, network, cluster, afterControlPlane, afterGateway };
    return new Members(`${name}-members`, args, { parent: this });
  }

  private firstAnswer(name: string, cluster: Cluster, dependsOn: pulumi.Resource[]): UrlAnswers {
    const url = `http://127.0.0.1:${this.config.portBase}/api/users`;
    const args = { url, hostName: INGRESS_HOST, identity: [cluster.identity] };
    return new UrlAnswers(`${name}-answers`, args, { parent: this, dependsOn });
  }
}
