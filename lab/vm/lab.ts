import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { MetalLb } from "../../infra/addon/metallb";
import { Observability } from "../../infra/addon/observability";
import type { Cluster } from "../../infra/cluster/cluster";
import { KindCluster } from "../../infra/cluster/kind-cluster";
import { Manifests } from "../../infra/cluster/manifest";
import type { AddressRange } from "../../infra/core/addresses";
import { controlPlaneOperator, eastWestOperator } from "../../infra/core/istio-operator";
import { UrlAnswers } from "../../infra/exec/url-answers";
import { IstioInstallation } from "../../infra/mesh/istio";
import { DockerNetwork } from "../../infra/network/docker-network";
import type { VmLabConfig } from "../config";
import type { LabContext } from "../context";
import { manifestFiles } from "../manifest-files";
import { INGRESS_HOST, INGRESS_NODE_PORTS } from "../notes";
import type { LabOutputs } from "../outputs";
import { vmLabOutputs } from "./access";
import { Members, type MembersArgs } from "./members";
import { ENGINE_RANGE, IDENTITY, LOAD_BALANCER_POOL } from "./notes";

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
    const pool = network.range(LOAD_BALANCER_POOL.first, LOAD_BALANCER_POOL.last);
    const eastWestAddress = pool.apply(({ first }) => first);
    const loadBalancer = this.loadBalancer(name, cluster, pool);
    const controlPlane = this.controlPlane(name, cluster, [namespaces]);
    const gateway = this.eastWestGateway(name, cluster, eastWestAddress, [controlPlane]);
    const exposed = this.manifests(`${name}-exposed`, cluster, ["expose-services", "expose-istiod"], [controlPlane]);
    const store = this.manifests(`${name}-store`, cluster, ["webapp", "catalog", "webapp-gateway"], [controlPlane]);
    const group = this.manifests(`${name}-group`, cluster, ["workload-group", "forum"], [controlPlane]);
    this.addons(name, cluster, [namespaces]);
    const members = this.members(name, {
      network,
      cluster,
      eastWestAddress,
      afterControlPlane: [controlPlane, group],
      afterGateway: [gateway, exposed, loadBalancer],
    });
    const answers = this.firstAnswer(name, cluster, [store, members]);
    this.outputs = vmLabOutputs({ config, context, cluster, network, pool, members: members.all, answers });
    this.kubeconfigs = pulumi.secret(cluster.kubeconfig.apply((kubeconfig) => ({ [cluster.name]: kubeconfig })));
    this.registerOutputs({});
  }

  private network(name: string): DockerNetwork {
    const { podCidr, serviceCidr, network } = this.config;
    const args = { site: this.context, ...network, avoid: [podCidr, serviceCidr], engineRange: ENGINE_RANGE };
    return new DockerNetwork(`${name}-network`, args, { parent: this });
  }

  private cluster(name: string, network: DockerNetwork): KindCluster {
    const { context, config } = this;
    const { podCidr, serviceCidr, portBase } = config;
    const definition = { podCidr, serviceCidr, portBase };
    const args = { site: context, name: "k3s-s", definition, nodeImage: context.image("kind-node"), network };
    return new KindCluster(`${name}-k3s-s`, args, { parent: this });
  }

  private loadBalancer(name: string, cluster: Cluster, pool: pulumi.Output<AddressRange>): MetalLb {
    return new MetalLb(`${name}-metallb`, { site: this.context, cluster, pool }, { parent: this });
  }

  private controlPlane(name: string, cluster: Cluster, dependsOn: pulumi.Resource[]): IstioInstallation {
    const operator = controlPlaneOperator({
      identity: IDENTITY,
      upstreamEnvoy: this.context.toolchain.upstreamEnvoy,
      ingress: { nodePorts: INGRESS_NODE_PORTS },
      admitsVms: true,
    });
    const args = { site: this.context, cluster, operator };
    return new IstioInstallation(`${name}-control-plane`, args, { parent: this, dependsOn });
  }

  private eastWestGateway(
    name: string,
    cluster: Cluster,
    address: pulumi.Output<string>,
    dependsOn: pulumi.Resource[],
  ): IstioInstallation {
    const operator = address.apply((known) => eastWestOperator({ identity: IDENTITY, address: known }));
    const args = { site: this.context, cluster, operator };
    return new IstioInstallation(`${name}-east-west`, args, { parent: this, dependsOn });
  }

  private manifests(
    name: string,
    cluster: Cluster,
    files: readonly string[],
    dependsOn: pulumi.Resource[] = [],
  ): Manifests {
    const paths = manifestFiles(join(__dirname, "manifests"), files);
    const args = { cluster, files: paths, images: this.context.toolchain.images };
    return new Manifests(name, args, { parent: this, dependsOn });
  }

  private addons(name: string, cluster: Cluster, dependsOn: pulumi.Resource[]): Observability {
    const args = { cluster, images: this.context.toolchain.images, namespaces: ["istioinaction"] };
    return new Observability(`${name}-addons`, args, { parent: this, dependsOn });
  }

  private members(name: string, args: Omit<MembersArgs, "vms" | "context">): Members {
    const { config, context } = this;
    return new Members(`${name}-members`, { vms: config.vms, context, ...args }, { parent: this });
  }

  private firstAnswer(name: string, cluster: Cluster, dependsOn: pulumi.Resource[]): UrlAnswers {
    const url = `http://127.0.0.1:${this.config.portBase}/api/users`;
    const args = { url, hostName: INGRESS_HOST, identity: [cluster.identity] };
    return new UrlAnswers(`${name}-answers`, args, { parent: this, dependsOn });
  }
}
