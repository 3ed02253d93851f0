import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { MetalLb } from "../../infra/addon/metallb";
import { KindCluster } from "../../infra/cluster/kind-cluster";
import { onLoopback } from "../../infra/core/node-ports";
import { ContainerHost } from "../../infra/host/container-host";
import type { Host } from "../../infra/host/host";
import { SshKey } from "../../infra/host/ssh-key";
import { DockerNetwork } from "../../infra/network/docker-network";
import type { LocalVmLabConfig } from "./config/schema";
import { VM_LAB_CLUSTER } from "./config/members";
import type { LabContext } from "../program/context";
import type { VmPlatform, VmPlatformFactory } from "./platform";
import { ENGINE_RANGE, LOAD_BALANCER_POOL } from "./study-notes";

/** The `vm` lab on this machine: a Docker network, a kind cluster with MetalLB, and systemd containers for VMs. */
export function localPlatform(config: LocalVmLabConfig): VmPlatformFactory {
  return (name, context, lab) => {
    const network = dockerNetwork(name, config, context, lab);
    const cluster = kindCluster(name, config, context, network, lab);
    const pool = network.range(LOAD_BALANCER_POOL.first, LOAD_BALANCER_POOL.last);
    const metalLb = new MetalLb(`${name}-metallb`, { site: context, cluster, pool }, { parent: lab });
    const networkFacts = pulumi
      .all([network.cidr, network.note, network.name, pool] as const)
      .apply(([cidr, note, dockerName, { first, last }]) => ({
        network: { name: dockerName, cidr, loadBalancerPool: `${first}-${last}`, note },
      }));
    return {
      cluster,
      eastWestAddress: pool.apply(({ first }) => first),
      addressIsAsked: true,
      loadBalancer: [metalLb],
      nodeAddress: network.addressAt(ENGINE_RANGE.first),
      nodePorts: pulumi.output(onLoopback(config.portBase)),
      machines: [],
      renewal: "",
      facts: networkFacts,
      vms: (prefix, parent) => containerHosts(prefix, config, context, network, parent),
    } satisfies VmPlatform;
  };
}

function dockerNetwork(
  name: string,
  { podCidr, serviceCidr, network }: LocalVmLabConfig,
  site: LabContext,
  parent: pulumi.ComponentResource,
): DockerNetwork {
  const args = { site, ...network, avoid: [podCidr, serviceCidr], engineRange: ENGINE_RANGE };
  return new DockerNetwork(`${name}-network`, args, { parent });
}

function kindCluster(
  name: string,
  { podCidr, serviceCidr, portBase }: LocalVmLabConfig,
  site: LabContext,
  network: DockerNetwork,
  parent: pulumi.ComponentResource,
): KindCluster {
  const definition = { podCidr, serviceCidr, portBase };
  const args = { site, name: VM_LAB_CLUSTER, definition, nodeImage: site.image("kind-node"), network };
  return new KindCluster(`${name}-k3s-s`, args, { parent });
}

function containerHosts(
  name: string,
  { vms }: LocalVmLabConfig,
  site: LabContext,
  network: DockerNetwork,
  parent: pulumi.ComponentResource,
): readonly Host[] {
  const key = new SshKey(`${name}-key`, join(site.stateFolder, "id_ed25519"), { parent });
  return vms.map((vm) => {
    const place = { network, address: network.addressAt(vm.addressNumber), sshPort: vm.sshPort };
    const args = { site, name: vm.name, image: site.image("vm"), ...place, key };
    return new ContainerHost(`${name}-${vm.name}-host`, args, { parent });
  });
}
