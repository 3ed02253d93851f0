import { contains, parseCidr } from "../../../../infra/core/addresses";
import type { AccountData, Permission } from "../account-data";
import type { MachineSpec } from "../machines";
import { all, find } from "./find";
import { keyPairNamed } from "./key-pair";
import { publicAddressOf } from "./public-addresses";

/**
 * What an instance's machine is made of, as the account has it now.
 * @throws Error if a security group lets everything in from outside the VPC
 */
export function machineSpec(data: AccountData, instanceId: string): MachineSpec {
  const instance = find(data, "instances", instanceId);
  const place = find(data, "networkInterfaces", instance.networkInterfaceId);
  const subnet = find(data, "subnets", instance.subnetId);
  const publicIp = publicAddressOf(data, place);
  const key =
    instance.keyName === undefined ? undefined : keyPairNamed(data, instance.region, instance.keyName)?.publicKey;
  return {
    instanceId,
    image: instance.image,
    subnetId: subnet.id,
    subnetCidr: subnet.cidrBlock,
    privateIp: place.privateIps[0] ?? "",
    ...(publicIp === undefined ? {} : { publicIp }),
    openPorts: openPorts(data, place.securityGroupIds, find(data, "vpcs", subnet.vpcId).cidrBlock),
    userData: instance.userData,
    ...(key === undefined ? {} : { publicKey: key }),
    instanceType: instance.instanceType,
    region: instance.region,
    availabilityZone: instance.availabilityZone,
    tags: instance.tags,
    metadataTags: instance.metadataOptions.instanceMetadataTags === "enabled",
  };
}

/** TCP ports that groups let in from outside the VPC. */
function openPorts(data: AccountData, groupIds: readonly string[], vpcCidr: string): number[] {
  const ports = all(data, "securityGroupRules")
    .filter(({ securityGroupId, permission }) => groupIds.includes(securityGroupId) && isOpen(permission, vpcCidr))
    .flatMap(({ permission }) => portsOf(permission));
  return [...new Set(ports)].sort((a, b) => a - b);
}

function isOpen({ direction, cidrIpv4 }: Permission, vpcCidr: string): boolean {
  if (direction !== "ingress" || cidrIpv4 === undefined) {
    return false;
  }
  const [vpc, from] = [parseCidr(vpcCidr), parseCidr(cidrIpv4)];
  return from.prefix < vpc.prefix || !contains(vpc, cidrIpv4.split("/")[0] ?? "");
}

function portsOf({ ipProtocol, fromPort, toPort }: Permission): number[] {
  if (ipProtocol === "-1") {
    throw new Error("this test account cannot publish all ports");
  }
  return ipProtocol === "tcp" ? Array.from({ length: toPort - fromPort + 1 }, (_, index) => fromPort + index) : [];
}
