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
    availabilityZone: found.availabilityZone,
    disableApiStop: found.disableApiStop,
    disableApiTermination: found.disableApiTermination,
    ebsOptimized: found.ebsOptimized,
    instanceInitiatedShutdownBehavior: found.shutdownBehavior,
    instanceState: found.state,
    instanceType: found.instanceType,
    keyName: found.keyName ?? "",
    metadataOptions: { ...found.metadataOptions },
    monitoring: found.monitoring,
    rootBlockDevice: describeRootDevice(data, found),
    tags: found.tags,
    tenancy: "default",
    ...(found.userData === "" ? {} : { userData: found.userData }),
    ...describePlace(data, found, find(data, "networkInterfaces", found.networkInterfaceId)),
  };
}

function describePlace(data: AccountData, found: Instance, place: NetworkInterface): PropertyMap {
  const publicIp = publicAddressOf(data, place);
  const privateIp = place.privateIps[0] ?? "";
  const named = find(data, "vpcs", place.vpcId).enableDnsHostnames;
  return {
    // Not what was asked for at launch: the official provider reads whether there is a public address now.
    associatePublicIpAddress: publicIp !== undefined,
    primaryNetworkInterface: {
      networkInterfaceId: place.id,
      deleteOnTermination: place.attachment?.deleteOnTermination ?? false,
    },
    primaryNetworkInterfaceId: place.id,
    privateDns: privateDnsName(found.region, privateIp),
    privateIp,
    publicDns: publicIp !== undefined && named ? publicDnsName(found.region, publicIp) : "",
    publicIp: publicIp ?? "",
    securityGroups: [],
    sourceDestCheck: place.sourceDestCheck,
    subnetId: found.subnetId,
    vpcSecurityGroupIds: place.securityGroupIds,
  };
}

function describeRootDevice(data: AccountData, found: Instance): PropertyMap {
  const volume = data.volumes[found.rootVolumeId];
  return volume === undefined
    ? {}
    : {
        deleteOnTermination: volume.deleteOnTermination,
        deviceName: volume.deviceName,
        encrypted: volume.encrypted,
        iops: volume.iops,
        kmsKeyId: "",
        tags: volume.tags,
        tagsAll: volume.tags,
        throughput: volume.throughput,
        volumeId: volume.id,
        volumeSize: volume.size,
        volumeType: volume.type,
      };
}
