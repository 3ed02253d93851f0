import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../infra/cluster/cluster";
import { ContainerHost } from "../../infra/host/container-host";
import { SshKey } from "../../infra/host/ssh-key";
import { VmWorkload } from "../../infra/mesh/vm-workload";
import type { DockerNetwork } from "../../infra/network/docker-network";
import type { VmConfig } from "../config-vm";
import type { LabContext } from "../context";
import { GROUP, IDENTITY } from "./notes";

/** One VM of the lab and its place in the mesh. */
export interface VmMember {
  readonly host: ContainerHost;
  readonly workload: VmWorkload;
}

/** What all members share. */
export interface MembersArgs {
  readonly vms: readonly VmConfig[];
  readonly context: LabContext;
  readonly network: DockerNetwork;
  readonly cluster: Cluster;
  /** IPv4 address of the east-west gateway. */
  readonly eastWestAddress: pulumi.Input<string>;
  /** What must stand before a VM can ask the cluster for its configuration. */
  readonly afterControlPlane: readonly pulumi.Resource[];
  /** What must stand before a VM can reach istiod. */
  readonly afterGateway: readonly pulumi.Resource[];
}

/** The VMs of the lab: made beside the cluster, joined once the east-west gateway stands. */
export class Members extends pulumi.ComponentResource {
  public readonly all: readonly VmMember[];

  public constructor(
    name: string,
    private readonly args: MembersArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("istio-lab:lab:Members", name, {}, options);
    const key = new SshKey(`${name}-key`, join(args.context.stateFolder, "id_ed25519"), { parent: this });
    this.all = args.vms.map((vm) => {
      const host = this.host(`${name}-${vm.name}-host`, vm, key);
      return { host, workload: this.workload(`${name}-${vm.name}`, vm, host) };
    });
    this.registerOutputs({});
  }

  private host(name: string, vm: VmConfig, key: SshKey): ContainerHost {
    const { context, network } = this.args;
    const args = {
      site: context,
      name: vm.name,
      image: context.image("vm"),
      network,
      address: network.addressAt(vm.addressNumber),
      sshPort: vm.sshPort,
      key,
    };
    return new ContainerHost(name, args, { parent: this });
  }

  private workload(name: string, vm: VmConfig, host: ContainerHost): VmWorkload {
    const { context, cluster, eastWestAddress, afterControlPlane, afterGateway } = this.args;
    const { files, versions } = context.toolchain;
    const args = {
      host,
      cluster,
      group: GROUP,
      clusterId: IDENTITY.clusterName,
      eastWestAddress,
      sidecarPackage: { file: files.istioSidecarPackage, id: versions["istio"] ?? "" },
      forumBinary: files.forumBinary,
      sidecarSettings: sidecarSettings(vm),
      afterControlPlane,
      afterGateway,
    };
    return new VmWorkload(name, args, { parent: this });
  }
}

/** What the notes put into sidecar.env. Notes 13.5. */
function sidecarSettings({ agentFlags, secretTtl }: VmConfig): Record<string, string> {
  return {
    ...(agentFlags === undefined ? {} : { ISTIO_AGENT_FLAGS: agentFlags }),
    ...(secretTtl === undefined ? {} : { SECRET_TTL: secretTtl }),
  };
}
