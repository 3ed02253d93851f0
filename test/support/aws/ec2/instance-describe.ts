import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData, type Instance, type NetworkInterface } from "../account-data";
import { privateDnsName, publicDnsName } from "../identifiers";
import { find } from "./find";
import { publicAddressOf } from "./public-addresses";

/** What DescribeInstances and its like say of an instance; a terminated one counts as gone. */
export function describeInstance(data: AccountData, id: string): PropertyMap | undefined {
  const found = data.instances[id];
  if (found === undefined || found.state === "terminated") {
    return undefined;
  }
  return {
    ami: found.ami,
    arn: arnOf(data, "instances", found),
    instanceInitiatedShutdownBehavior: found.shutdownBehavior,
    instanceState: found.state,
    instanceType: found.instanceType,
    keyName: found.keyName ?? "",
    metadataOptions: { ...found.metadataOptions },
    rootBlockDevice: describeRootDevice(data, found),
    tags: found.tags,
    ...(found.userData === "" ? {} : { userData: found.userData }),
    ...describePlace(data, found, find(data, "networkInterfaces", found.networkInterfaceId)),
  };
}

function describePlace(data: AccountData, found: Instance, place: NetworkInterface): PropertyMap {
  const publicIp = publicAddressOf(data, place);
  const named = find(data, "vpcs", place.vpcId).enableDnsHostnames;
  return {
    primaryNetworkInterface: { networkInterfaceId: place.id },
    primaryNetworkInterfaceId: place.id,
    privateDns: privateDnsName(found.region, place.privateIps[0] ?? ""),
    publicDns: publicIp !== undefined && named ? publicDnsName(found.region, publicIp) : "",
    publicIp: publicIp ?? "",
  };
}

function describeRootDevice(data: AccountData, found: Instance): PropertyMap {
  const volume = data.volumes[found.rootVolumeId];
  return volume === undefined
    ? {}
    : {
        deleteOnTermination: volume.deleteOnTermination,
        encrypted: volume.encrypted,
        tags: volume.tags,
        volumeSize: volume.size,
        volumeType: volume.type,
      };
}
