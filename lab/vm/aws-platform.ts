import * as pulumi from "@pulumi/pulumi";
import { K3sCluster } from "../../infra/cluster/k3s-cluster";
import { describeCost, hourlyCost } from "../../infra/core/aws-prices";
import { FIRST_NODE_PORT } from "../../infra/core/node-ports";
import { k3sServerUserData, vmUserData } from "../../infra/core/user-data";
import { versionTable } from "../../infra/core/versions";
import { LocalRunner } from "../../infra/exec/runner";
import { EPOCH } from "../../infra/exec/step-output";
import type { Ec2Fleet } from "../../infra/host/ec2-fleet";
import { Ec2Host } from "../../infra/host/ec2-host";
import { Ec2Key } from "../../infra/host/ec2-key";
import { AwsNetwork } from "../../infra/network/aws-network";
import { tagging } from "../../infra/network/aws-tags";
import type { AwsVmLabConfig } from "./config/aws";
import type { LabContext } from "../program/context";
import type { AwsAccount } from "./aws-account";
import type { VmPlatform, VmPlatformFactory } from "./platform";
import { AWS_OPENINGS } from "./study-notes";

/** The `vm` lab on AWS, as the study notes' template has it: a VPC and EC2 instances, one of them with k3s. */
export function awsPlatform(config: AwsVmLabConfig, account: AwsAccount): VmPlatformFactory {
  return (name, context, lab) => {
    const options = { parent: lab, providers: [account.provider] };
    const expiry = expiryOf(name, config, lab);
    const tags = tagging({ lab: config.lab, stack: context.owner, owner: config.owner, expiry });
    const network = new AwsNetwork(`${name}-network`, networkArgs(config, account, tags), options);
    const key = new Ec2Key(`${name}-key`, { site: context, existing: config.keyPair, tagging: tags }, options);
    const fleet: Ec2Fleet = { site: context, network, key, tagging: tags, ...fleetArgs(config, account) };
    const machine = clusterMachine(name, config, fleet, context.toolchain.versions, options);
    const clusterArgs = { site: context, name: config.cluster.name, host: machine, after: [machine.ready] };
    const cluster = new K3sCluster(`${name}-${config.cluster.name}`, clusterArgs, { parent: lab });
    return {
      cluster,
      eastWestAddress: machine.address,
      // ServiceLB of k3s gives every load balancer the machine's own address.
      addressIsAsked: false,
      loadBalancer: [],
      nodeAddress: machine.address,
      // Node ports have their own numbers on a machine with a public address.
      nodePorts: machine.publicAddress.apply((address) => ({ address, portBase: FIRST_NODE_PORT })),
      machines: [machine],
      renewal: config.startedAt,
      facts: facts(config, context, machine, expiry),
      vms: (prefix, parent) => vmHosts(prefix, config, fleet, { ...options, parent }),
    } satisfies VmPlatform;
  };
}

/** Counted from the first `up` or the last `start`, which the state remembers: an `up` in between changes nothing. */
function expiryOf(
  name: string,
  { startedAt, ttlHours }: AwsVmLabConfig,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const began = new LocalRunner().step(
    `${name}-began`,
    { create: "epoch.sh", identity: [], rerunOn: [startedAt], output: EPOCH },
    { parent },
  );
  return began.stdout.apply((seconds) =>
    new Date((Number(seconds) + ttlHours * 3600) * 1000).toISOString().replace(/\.\d+Z$/, "Z"),
  );
}

function networkArgs(config: AwsVmLabConfig, { ingressCidr }: AwsAccount, tags: Ec2Fleet["tagging"]) {
  const subnets = config.subnetCidrs.map((cidr, index) => ({
    cidr,
    availabilityZone: config.availabilityZones[index] ?? "",
  }));
  return { cidr: config.vpcCidr, subnets, firewall: { ingressCidr, openings: AWS_OPENINGS }, tagging: tags };
}

function fleetArgs(config: AwsVmLabConfig, { imageId }: AwsAccount) {
  const { volumeSize, ttlAction, power, startedAt } = config;
  return { imageId, volumeSize, atExpiry: ttlAction, power, startedAt };
}

function clusterMachine(
  name: string,
  { cluster, podCidr, serviceCidr }: AwsVmLabConfig,
  fleet: Ec2Fleet,
  // Package registries serve neither.
  { k3s = versionTable.book.k3s, helm = versionTable.book.helm }: Readonly<Record<string, string>>,
  options: pulumi.ComponentResourceOptions,
): Ec2Host {
  const { name: hostName, address, instanceType } = cluster;
  const userData = (publicAddress: string) =>
    k3sServerUserData({ hostName, address, publicAddress, podCidr, serviceCidr, k3s, helm });
  const args = { fleet, name: hostName, address, instanceType, userData, isCluster: true };
  return new Ec2Host(`${name}-${hostName}-host`, args, options);
}

function vmHosts(
  name: string,
  { vms }: AwsVmLabConfig,
  fleet: Ec2Fleet,
  options: pulumi.ComponentResourceOptions,
): readonly Ec2Host[] {
  return vms.map(({ name: hostName, address, instanceType }) => {
    const args = { fleet, name: hostName, address, instanceType, userData: () => vmUserData({ hostName, address }) };
    return new Ec2Host(`${name}-${hostName}-host`, args, options);
  });
}

function facts(
  config: AwsVmLabConfig,
  { stack }: LabContext,
  machine: Ec2Host,
  expiry: pulumi.Output<string>,
): VmPlatform["facts"] {
  const instanceTypes = [config.cluster.instanceType, ...config.vms.map(({ instanceType }) => instanceType)];
  const number = instanceTypes.length;
  const cost = hourlyCost({
    region: config.region,
    instanceTypes,
    volumeGibibytes: number * config.volumeSize,
    publicAddresses: number,
  });
  // A preview has no outputs to show yet.
  void pulumi.log.info(`${describeCost(cost)}; it ends by itself after ${config.ttlHours} hours`);
  const end = config.ttlAction === "stop" ? "stopped; their volumes and addresses still cost" : "terminated";
  return pulumi.all([machine.address, expiry]).apply(([address, at]) => ({
    network: {
      name: `istio-lab ${stack} in ${config.region}`,
      cidr: config.vpcCidr,
      loadBalancerPool: address,
      note: `the machines are in ${config.subnetCidrs[0]}; ServiceLB of k3s gives load balancers the address of its machine`,
    },
    cost,
    expiry: { at, action: config.ttlAction, note: `then the instances are ${end}` },
  }));
}
