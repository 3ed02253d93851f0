import * as pulumi from "@pulumi/pulumi";
import { Observability } from "../../infra/addon/observability";
import type { Cluster } from "../../infra/cluster/cluster";
import { Manifests } from "../../infra/cluster/manifest";
import {
  CONTROL_PLANE_DEPLOYMENTS,
  controlPlaneOperator,
  EAST_WEST_DEPLOYMENTS,
  eastWestOperator,
} from "../../infra/core/istio-operator";
import { UrlAnswers } from "../../infra/exec/url-answers";
import { IstioInstallation } from "../../infra/mesh/istio";
import type { VmLabConfig } from "./config/aws";
import type { LabContext } from "../program/context";
import { INGRESS_HOST, INGRESS_NODE_PORTS } from "../shared/study-notes";
import type { LabOutputs, OutputNames } from "../program/outputs";
import { vmLabNames, vmLabOutputs } from "./access";
import type { VmPlatform, VmPlatformFactory } from "./platform";
import { vmManifestFiles, type VmManifestPart } from "./manifest-sets";
import { Members, type MembersArgs } from "./members";
import { IDENTITY } from "./study-notes";

/** The `vm` lab: chapter 13, a cluster, Istio, and VMs that have joined the mesh. */
export class VmLab extends pulumi.ComponentResource {
  /** Where everything is; resolves once forum answers through the ingress gateway. */
  public readonly outputs: pulumi.Output<LabOutputs>;
  public readonly names: OutputNames;
  /** Kubeconfigs by cluster name. Secret. */
  public readonly kubeconfigs: pulumi.Output<Record<string, string>>;

  public constructor(
    name: string,
    private readonly config: VmLabConfig,
    private readonly context: LabContext,
    createPlatform: VmPlatformFactory,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:lab:VmLab", name, {}, options);
    const vmPlatform = createPlatform(name, context, this);
    const { cluster } = vmPlatform;
    const namespaces = this.manifests(name, "namespaces", cluster);
    const controlPlane = this.controlPlane(name, cluster, [namespaces]);
    const gateway = this.eastWestGateway(name, vmPlatform, [controlPlane]);
    const exposed = this.manifests(name, "exposed", cluster, [controlPlane]);
    const store = this.manifests(name, "store", cluster, [controlPlane]);
    const group = this.manifests(name, "group", cluster, [controlPlane]);
    const members = this.members(name, {
      vmPlatform,
      afterControlPlane: [controlPlane, group],
      afterGateway: [gateway, exposed, ...vmPlatform.loadBalancer],
    });
    const answers = this.firstAnswer(name, vmPlatform, [store, members]);
    this.addons(name, vmPlatform, [store, members], [namespaces]);
    const parts = { config, context, vmPlatform, members: members.all, answers };
    this.outputs = vmLabOutputs(parts);
    this.names = vmLabNames(parts);
    this.kubeconfigs = pulumi.secret(cluster.kubeconfig.apply((kubeconfig) => ({ [cluster.name]: kubeconfig })));
    this.registerOutputs({});
  }

  private controlPlane(name: string, cluster: Cluster, dependsOn: pulumi.Resource[]): IstioInstallation {
    const { upstreamEnvoy, images } = this.context.toolchain;
    const operator = controlPlaneOperator({
      identity: IDENTITY,
      upstreamEnvoy,
      hasTracing: images.tracing !== undefined,
      ingress: { nodePorts: INGRESS_NODE_PORTS },
      admitsVms: true,
    });
    const made = { deployments: CONTROL_PLANE_DEPLOYMENTS, nodePorts: INGRESS_NODE_PORTS };
    const args = { site: this.context, cluster, operator, ...made };
    return new IstioInstallation(`${name}-control-plane`, args, { parent: this, dependsOn });
  }

  private eastWestGateway(name: string, vmPlatform: VmPlatform, dependsOn: pulumi.Resource[]): IstioInstallation {
    const { cluster, eastWestAddress, addressIsAsked } = vmPlatform;
    const operator = eastWestAddress.apply((address) =>
      eastWestOperator({ identity: IDENTITY, ...(addressIsAsked ? { address } : {}) }),
    );
    const args = { site: this.context, cluster, operator, deployments: EAST_WEST_DEPLOYMENTS };
    return new IstioInstallation(`${name}-east-west`, args, { parent: this, dependsOn });
  }

  private manifests(
    name: string,
    part: VmManifestPart,
    cluster: Cluster,
    dependsOn: pulumi.Resource[] = [],
  ): Manifests {
    const args = { cluster, files: vmManifestFiles(part), images: this.context.toolchain.images };
    return new Manifests(`${name}-${part}`, args, { parent: this, dependsOn });
  }

  private addons(
    name: string,
    { cluster, nodePorts }: VmPlatform,
    lab: readonly pulumi.Resource[],
    dependsOn: pulumi.Resource[],
  ): Observability {
    const { toolchain } = this.context;
    const args = { cluster, nodePorts, lab, toolchain, namespaces: ["istioinaction"] };
    return new Observability(`${name}-addons`, args, { parent: this, dependsOn });
  }

  private members(name: string, args: Omit<MembersArgs, "vms" | "context">): Members {
    const { config, context } = this;
    return new Members(`${name}-members`, { vms: config.vms, context, ...args }, { parent: this });
  }

  private firstAnswer(name: string, vmPlatform: VmPlatform, dependsOn: pulumi.Resource[]): UrlAnswers {
    const url = vmPlatform.nodePorts.apply(({ address, portBase }) => `http://${address}:${portBase}/api/users`);
    const identity = [vmPlatform.cluster.identity, ...(vmPlatform.renewal === "" ? [] : [vmPlatform.renewal])];
    return new UrlAnswers(`${name}-answers`, { url, hostName: INGRESS_HOST, identity }, { parent: this, dependsOn });
  }
}
