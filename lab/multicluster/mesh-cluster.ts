import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { MetalLb } from "../../infra/addon/metallb";
import { KindCluster } from "../../infra/cluster/kind-cluster";
import { Manifests } from "../../infra/cluster/manifest";
import type { ManifestSet } from "../../infra/cluster/manifest-issues";
import { asLongAsCluster, objectOptions } from "../../infra/cluster/object-options";
import type { AddressRange } from "../../infra/core/addresses";
import {
  CONTROL_PLANE_DEPLOYMENTS,
  controlPlaneOperator,
  EAST_WEST_DEPLOYMENTS,
  eastWestOperator,
  type IstioOperator,
  type MeshIdentity,
} from "../../infra/core/istio-operator";
import { CaSecret } from "../../infra/mesh/ca-secret";
import { IstioInstallation, type IstioInstallationArgs } from "../../infra/mesh/istio";
import type { MeshMember } from "../../infra/mesh/remote-secrets";
import type { CaCertificates } from "../../infra/mesh/shared-ca";
import type { DockerNetwork } from "../../infra/network/docker-network";
import type { ClusterConfig } from "./config/schema";
import type { LabContext } from "../program/context";
import { identityOf, INGRESS_NODE_PORTS } from "../shared/study-notes";
import type { MultiClusterPart } from "./manifest-sets";
import { EAST_WEST_ADDRESS, INGRESS_ADDRESS } from "./study-notes";

/** What decides one cluster of the mesh. */
export interface MeshClusterArgs {
  readonly context: LabContext;
  readonly config: ClusterConfig;
  readonly network: DockerNetwork;
  /** What its istiod signs with. Secret. */
  readonly certificates: pulumi.Output<CaCertificates>;
  /** What is applied in it. */
  readonly manifests: Readonly<Record<MultiClusterPart, ManifestSet>>;
}

/**
 * A cluster with MetalLB, its own control plane, and both gateways.
 * Children: `<name>-kind`, `-istio-system`, `-namespace`, `-metallb`, `-cacerts`, `-control-plane`, `-east-west`, `-exposed`.
 */
export class MeshCluster extends pulumi.ComponentResource implements MeshMember {
  public readonly cluster: KindCluster;
  public readonly clusterName: string;
  /** The namespace `istio-system`. */
  public readonly namespace: pulumi.Resource;
  /** Brings the service account that other clusters read with; pods that start after it get a sidecar. */
  public readonly controlPlane: pulumi.Resource;
  /** What must be ready before other clusters reach services of this one. */
  public readonly reachable: readonly pulumi.Resource[];
  /** MetalLB's addresses. */
  public readonly pool: pulumi.Output<AddressRange>;
  /** IPv4 addresses of the gateways on the lab's network. */
  public readonly ingressAddress: pulumi.Output<string>;
  public readonly eastWestAddress: pulumi.Output<string>;
  private readonly identity: MeshIdentity;

  public constructor(
    name: string,
    private readonly args: MeshClusterArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:lab:MeshCluster", name, {}, options);
    const { first, last } = args.config.loadBalancerPool;
    this.identity = identityOf(args.config.name);
    this.clusterName = this.identity.clusterName;
    this.pool = args.network.range(first, last);
    this.ingressAddress = args.network.addressAt(first + INGRESS_ADDRESS);
    this.eastWestAddress = args.network.addressAt(first + EAST_WEST_ADDRESS);

    this.cluster = this.kindCluster(`${name}-kind`);
    this.namespace = this.istioSystem(`${name}-istio-system`);
    const applications = this.manifests(`${name}-namespace`, "namespace");
    const loadBalancer = this.loadBalancer(`${name}-metallb`);
    const certificates = this.caSecret(`${name}-cacerts`);
    this.controlPlane = this.installControlPlane(`${name}-control-plane`, [certificates, applications]);
    const gateway = this.installEastWestGateway(`${name}-east-west`);
    const exposed = this.manifests(`${name}-exposed`, "exposed", [this.controlPlane]);
    this.reachable = [loadBalancer, gateway, exposed];
    this.registerOutputs({});
  }

  /** Applies the applications' manifests, once Istio can put sidecars into their pods. */
  public deployApplications(name: string, parent: pulumi.Resource): Manifests {
    return this.manifests(name, "applications", [this.controlPlane], parent);
  }

  private kindCluster(name: string): KindCluster {
    const { context, network } = this.args;
    const { podCidr, serviceCidr, portBase, region, zone, name: clusterName } = this.args.config;
    const nodeLabels = { "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": zone };
    const definition = { podCidr, serviceCidr, portBase, nodeLabels };
    const args = { site: context, name: clusterName, definition, nodeImage: context.image("kind-node"), network };
    return new KindCluster(name, args, { parent: this });
  }

  private istioSystem(name: string): pulumi.Resource {
    const labels = { "topology.istio.io/network": this.identity.network };
    const metadata = { name: "istio-system", labels };
    const options = asLongAsCluster(objectOptions(this.cluster, this, undefined));
    return new kubernetes.core.v1.Namespace(name, { metadata }, options);
  }

  private loadBalancer(name: string): MetalLb {
    const { context } = this.args;
    return new MetalLb(name, { site: context, cluster: this.cluster, pool: this.pool }, { parent: this });
  }

  private caSecret(name: string): CaSecret {
    const args = { cluster: this.cluster, certificates: this.args.certificates };
    return new CaSecret(name, args, { parent: this, dependsOn: [this.namespace] });
  }

  private installControlPlane(name: string, dependsOn: pulumi.Resource[]): IstioInstallation {
    const { upstreamEnvoy } = this.args.context.toolchain;
    const operator = this.ingressAddress.apply((loadBalancerAddress) =>
      controlPlaneOperator({
        identity: this.identity,
        upstreamEnvoy,
        ingress: { nodePorts: INGRESS_NODE_PORTS, loadBalancerAddress },
        admitsVms: false,
      }),
    );
    const args = { ...this.istio(operator, CONTROL_PLANE_DEPLOYMENTS), nodePorts: INGRESS_NODE_PORTS };
    return new IstioInstallation(name, args, { parent: this, dependsOn });
  }

  private installEastWestGateway(name: string): IstioInstallation {
    const { identity } = this;
    const operator = this.eastWestAddress.apply((address) => eastWestOperator({ identity, address }));
    const args = this.istio(operator, EAST_WEST_DEPLOYMENTS);
    return new IstioInstallation(name, args, { parent: this, dependsOn: [this.controlPlane] });
  }

  private istio(operator: pulumi.Output<IstioOperator>, deployments: readonly string[]): IstioInstallationArgs {
    return { site: this.args.context, cluster: this.cluster, operator, deployments };
  }

  private manifests(
    name: string,
    part: MultiClusterPart,
    dependsOn: pulumi.Resource[] = [],
    parent: pulumi.Resource = this,
  ): Manifests {
    const { files, values = {} } = this.args.manifests[part];
    const { images } = this.args.context.toolchain;
    const args = { cluster: this.cluster, files, images, values };
    return new Manifests(name, args, { parent, dependsOn });
  }
}
