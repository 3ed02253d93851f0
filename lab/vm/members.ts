import * as pulumi from "@pulumi/pulumi";
import { COLLECTOR_NODE_PORT } from "../../infra/addon/addons";
import type { Host } from "../../infra/host/host";
import { VmWorkload } from "../../infra/mesh/vm-workload";
import type { VmConfig } from "./config/schema";
import type { AwsVmConfig } from "./config/aws";
import { hostFilesOf, type LabContext } from "../program/context";
import type { VmPlatform } from "./platform";
import { GROUP, IDENTITY } from "./study-notes";
import { VM_SCRIPTS } from "./script-folder";

/** One VM of the lab and its place in the mesh. */
export interface VmMember {
  readonly host: Host;
  readonly workload: VmWorkload;
}

/** What the mesh wants to know of a VM. */
type VmSettings = Pick<VmConfig | AwsVmConfig, "name" | "agentFlags" | "secretTtl">;

/** What all members share. */
export interface MembersArgs {
  readonly vms: readonly VmSettings[];
  readonly context: LabContext;
  readonly vmPlatform: VmPlatform;
  /** What must be ready before a VM can ask the cluster for its configuration. */
  readonly afterControlPlane: readonly pulumi.Resource[];
  /** What must be ready before a VM can reach istiod. */
  readonly afterGateway: readonly pulumi.Resource[];
}

/** The VMs of the lab: made beside the cluster, joined once the east-west gateway is ready. */
export class Members extends pulumi.ComponentResource {
  public readonly all: readonly VmMember[];

  public constructor(
    name: string,
    private readonly args: MembersArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:lab:Members", name, {}, options);
    const hosts = args.vmPlatform.vms(name, this);
    this.all = args.vms.flatMap((vm, index) => {
      const host = hosts[index];
      return host === undefined ? [] : [{ host, workload: this.workload(`${name}-${vm.name}`, vm, host) }];
    });
    this.registerOutputs({});
  }

  private workload(name: string, vm: VmSettings, host: Host): VmWorkload {
    const { context, vmPlatform, afterControlPlane, afterGateway } = this.args;
    const { versions, images } = context.toolchain;
    const { istioSidecarPackage, forumBinary } = hostFilesOf(context.toolchain, host);
    const spanCollector = pulumi.interpolate`${vmPlatform.nodeAddress}:${COLLECTOR_NODE_PORT}`;
    const args = {
      host,
      cluster: vmPlatform.cluster,
      group: GROUP,
      clusterId: IDENTITY.clusterName,
      eastWestAddress: vmPlatform.eastWestAddress,
      ...(images.tracing === undefined ? {} : { spanCollector }),
      sidecarPackage: { file: istioSidecarPackage, id: versions["istio"] ?? "" },
      service: {
        name: "forum",
        binary: forumBinary,
        start: { script: "vm-forum-start.sh", folder: VM_SCRIPTS },
      },
      sidecarSettings: sidecarSettings(vm),
      renewal: vmPlatform.renewal,
      afterControlPlane,
      afterGateway,
    };
    return new VmWorkload(name, args, { parent: this });
  }
}

/** What the study notes put into sidecar.env. Study notes 13.5. */
function sidecarSettings({ agentFlags, secretTtl }: VmSettings): Record<string, string> {
  return {
    ...(agentFlags === undefined ? {} : { ISTIO_AGENT_FLAGS: agentFlags }),
    ...(secretTtl === undefined ? {} : { SECRET_TTL: secretTtl }),
  };
}
