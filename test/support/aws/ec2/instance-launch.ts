import { identityOf } from "../../../../infra/toolchain/process-identity";
import type { PropertyMap } from "../../rpc/property-value";
import type { AccountData, Ami, Instance, MetadataOptions, NetworkInterface, Volume } from "../account-data";
import { ApiError, invalidValue } from "../api-error";
import { newId } from "../identifiers";
import { flagIn, numberIn, objectIn, requiredText, tagsIn, textIn, textsIn } from "../provider/inputs";
import type { Context } from "../provider/resource-type";
import { find, updateTags } from "./find";
import { bootMachine, waitUntilRunning } from "./instance-power";
import { refuseInstanceType } from "./instance-types";
import { requireKeyPair } from "./key-pair";
import { addInterface } from "./network-interface";
import { takePublicAddress } from "./public-addresses";

/** RunInstances: the instance is there, and costs money, from here on. */
export function runInstance(context: Context, inputs: PropertyMap): Promise<string> {
  return context.store.call({ operation: "RunInstances", region: context.region }, (data) => {
    const ami = findAmi(data, context.region, requiredText(inputs, "ami"));
    refuseInstanceType(requiredText(inputs, "instanceType"));
    const keyName = textIn(inputs, "keyName");
    if (keyName !== undefined) {
      requireKeyPair(data, context.region, keyName);
    }
    const id = newId("i");
    const { found, own } = interfaceFor(data, inputs, id);
    const { availabilityZone, mapPublicIpOnLaunch } = find(data, "subnets", found.subnetId);
    const asked = flagIn(inputs, "associatePublicIpAddress") ?? mapPublicIpOnLaunch;
    data.instances[id] = {
      ...attributesIn(inputs),
      id,
      region: context.region,
      image: ami.image,
      subnetId: found.subnetId,
      availabilityZone,
      ...(keyName === undefined ? {} : { keyName }),
      networkInterfaceId: found.id,
      rootVolumeId: addVolume(data, { region: context.region, instanceId: id, availabilityZone }, ami, inputs).id,
      associatePublicIpAddress: own && asked,
      state: "pending",
      runningAt: Date.now() + data.pendingSeconds * 1000,
      booted: false,
      booter: identityOf(process.pid),
    };
    if (own && asked) {
      found.publicIp = takePublicAddress(data);
    }
    return id;
  });
}

type Attributes = Pick<
  Instance,
  | "ami"
  | "disableApiStop"
  | "disableApiTermination"
  | "ebsOptimized"
  | "instanceType"
  | "metadataOptions"
  | "monitoring"
  | "shutdownBehavior"
  | "tags"
  | "userData"
>;

/** What comes from the inputs as it is. */
function attributesIn(inputs: PropertyMap): Attributes {
  return {
    tags: tagsIn(inputs),
    ami: requiredText(inputs, "ami"),
    instanceType: requiredText(inputs, "instanceType"),
    userData: userDataIn(inputs),
    shutdownBehavior: textIn(inputs, "instanceInitiatedShutdownBehavior") ?? "stop",
    disableApiTermination: flagIn(inputs, "disableApiTermination") ?? false,
    disableApiStop: flagIn(inputs, "disableApiStop") ?? false,
    ebsOptimized: flagIn(inputs, "ebsOptimized") ?? false,
    monitoring: flagIn(inputs, "monitoring") ?? false,
    metadataOptions: metadataOptionsIn(inputs),
  };
}

/** Boots the machine, waits until EC2 says "running", then tags the root volume, which takes a call of its own. */
export async function settleInstance(context: Context, id: string, inputs: PropertyMap): Promise<void> {
  await bootMachine(context, id, "launch");
  await waitUntilRunning(context, id);
  const tags = volumeTagsIn(inputs, context);
  if (Object.keys(tags).length > 0) {
    const { rootVolumeId } = find(context.store.read(), "instances", id);
    await updateTags(context, "volumes", rootVolumeId, tags);
  }
}

/** All tags that the root volume is to have. */
export function volumeTagsIn(inputs: PropertyMap, context: Context): Record<string, string> {
  const own = tagsIn(objectIn(inputs, "rootBlockDevice") ?? {});
  return { ...context.defaultTags, ...tagsIn(inputs, "volumeTags"), ...own };
}

/** User data as text. */
export function userDataIn(inputs: PropertyMap): string {
  const encoded = textIn(inputs, "userDataBase64");
  const text = encoded === undefined ? (textIn(inputs, "userData") ?? "") : Buffer.from(encoded, "base64").toString();
  if (Buffer.byteLength(text) > 16_384) {
    throw invalidValue("User data is limited to 16384 bytes");
  }
  return text;
}

/** What AWS says of an instance whose program says nothing. */
const newInstanceMetadata: MetadataOptions = {
  httpEndpoint: "enabled",
  httpProtocolIpv6: "disabled",
  httpPutResponseHopLimit: 1,
  httpTokens: "optional",
  instanceMetadataTags: "disabled",
};

/** Metadata options with what the program leaves open as it was. */
export function metadataOptionsIn(inputs: PropertyMap, before = newInstanceMetadata): MetadataOptions {
  const given = objectIn(inputs, "metadataOptions") ?? {};
  const limit = numberIn(given, "httpPutResponseHopLimit") ?? before.httpPutResponseHopLimit;
  if (limit < 1 || limit > 64) {
    throw invalidValue(`The value ${limit} for HttpPutResponseHopLimit is invalid; it must be between 1 and 64`);
  }
  return {
    httpEndpoint: textIn(given, "httpEndpoint") ?? before.httpEndpoint,
    httpProtocolIpv6: textIn(given, "httpProtocolIpv6") ?? before.httpProtocolIpv6,
    httpPutResponseHopLimit: limit,
    httpTokens: textIn(given, "httpTokens") ?? before.httpTokens,
    instanceMetadataTags: textIn(given, "instanceMetadataTags") ?? before.instanceMetadataTags,
  };
}

function findAmi(data: AccountData, region: string, id: string): Ami {
  if (!/^ami-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id)) {
    throw new ApiError("InvalidAMIID.Malformed", `Invalid id: "${id}"`);
  }
  const found = data.regions[region]?.amis[id];
  if (found === undefined) {
    throw new ApiError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
  }
  return found;
}

/** The interface that the program gives, or a new one that goes with the instance. */
function interfaceFor(
  data: AccountData,
  inputs: PropertyMap,
  instanceId: string,
): { readonly found: NetworkInterface; readonly own: boolean } {
  const given = textIn(objectIn(inputs, "primaryNetworkInterface") ?? {}, "networkInterfaceId");
  const found = given === undefined ? newInterface(data, inputs) : find(data, "networkInterfaces", given);
  if (found.attachment !== undefined) {
    throw new ApiError("InvalidNetworkInterface.InUse", `Interface: [${found.id}] in use.`);
  }
  const attachmentId = newId("eni-attach");
  found.attachment = { attachmentId, instanceId, deviceIndex: 0, deleteOnTermination: given === undefined };
  const zone = textIn(inputs, "availabilityZone");
  const { availabilityZone } = find(data, "subnets", found.subnetId);
  if (zone !== undefined && zone !== availabilityZone) {
    throw invalidValue(`The availability zone ${zone} is not that of the subnet, ${availabilityZone}.`);
  }
  return { found, own: given === undefined };
}

function newInterface(data: AccountData, inputs: PropertyMap): NetworkInterface {
  const subnetId = textIn(inputs, "subnetId");
  if (subnetId === undefined) {
    throw new ApiError("VPCIdNotSpecified", "No default VPC for this user");
  }
  const address = textIn(inputs, "privateIp");
  return addInterface(data, find(data, "subnets", subnetId), {
    privateIps: address === undefined ? [] : [address],
    securityGroupIds: textsIn(inputs, "vpcSecurityGroupIds") ?? [],
    description: "",
    sourceDestCheck: flagIn(inputs, "sourceDestCheck") ?? true,
  });
}

function addVolume(
  data: AccountData,
  place: Pick<Volume, "region" | "instanceId" | "availabilityZone">,
  ami: Ami,
  inputs: PropertyMap,
): Volume {
  const given = objectIn(inputs, "rootBlockDevice") ?? {};
  const least = ami.rootVolumeSize ?? 8;
  const size = numberIn(given, "volumeSize") ?? least;
  if (size < least) {
    const reason = `Volume of size ${size}GB is smaller than snapshot of the image, expect size >= ${least}GB`;
    throw new ApiError("InvalidBlockDeviceMapping", reason);
  }
  const type = textIn(given, "volumeType") ?? "gp3";
  const made: Volume = {
    ...place,
    id: newId("vol"),
    tags: tagsIn(inputs, "volumeTags"),
    encrypted: flagIn(given, "encrypted") ?? false,
    deviceName: ami.rootDeviceName ?? "/dev/sda1",
    size,
    type,
    iops: numberIn(given, "iops") ?? (type === "gp3" ? 3000 : 100),
    throughput: numberIn(given, "throughput") ?? (type === "gp3" ? 125 : 0),
    deleteOnTermination: flagIn(given, "deleteOnTermination") ?? true,
  };
  data.volumes[made.id] = made;
  return made;
}
