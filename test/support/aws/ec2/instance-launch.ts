import { identityOf } from "../../../../infra/core/workstation/processes";
import type { PropertyMap } from "../../rpc/property-value";
import type { AccountData, Ami, Instance, MetadataOptions, NetworkInterface, Volume } from "../account-data";
import { ApiError, invalidValue } from "../api-error";
import { newId } from "../identifiers";
import { flagIn, numberIn, objectIn, requiredText, tagsIn, textIn } from "../provider/inputs";
import type { Context } from "../provider/resource-type";
import { find, updateTags } from "./find";
import { bootMachine, waitUntilRunning } from "./instance-power";
import { refuseInstanceType } from "./instance-types";
import { requireKeyPair } from "./key-pair";

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
    const found = interfaceFor(data, inputs, id);
    const { availabilityZone } = find(data, "subnets", found.subnetId);
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
      state: "pending",
      runningAt: Date.now() + data.pendingSeconds * 1000,
      booted: false,
      booter: identityOf(process.pid),
    };
    return id;
  });
}

type Attributes = Pick<Instance, "ami" | "instanceType" | "metadataOptions" | "shutdownBehavior" | "tags" | "userData">;

/** What comes from the inputs as it is. */
function attributesIn(inputs: PropertyMap): Attributes {
  return {
    tags: tagsIn(inputs),
    ami: requiredText(inputs, "ami"),
    instanceType: requiredText(inputs, "instanceType"),
    userData: userDataIn(inputs),
    shutdownBehavior: textIn(inputs, "instanceInitiatedShutdownBehavior") ?? "stop",
    metadataOptions: metadataOptionsIn(inputs),
  };
}

/** Boots the machine, waits until EC2 says "running", then tags the root volume, which takes a call of its own. */
export async function settleInstance(context: Context, id: string, inputs: PropertyMap): Promise<void> {
  await bootMachine(context, id, "launch");
  await waitUntilRunning(context, id);
  const tags = volumeTagsIn(inputs);
  if (Object.keys(tags).length > 0) {
    const { rootVolumeId } = find(context.store.read(), "instances", id);
    await updateTags(context, "volumes", rootVolumeId, tags);
  }
}

/** All tags that the root volume is to have. */
export function volumeTagsIn(inputs: PropertyMap): Record<string, string> {
  return tagsIn(objectIn(inputs, "rootBlockDevice") ?? {});
}

/** User data as text. */
export function userDataIn(inputs: PropertyMap): string {
  const text = textIn(inputs, "userData") ?? "";
  if (Buffer.byteLength(text) > 16_384) {
    throw invalidValue("User data is limited to 16384 bytes");
  }
  return text;
}

/** What AWS says of an instance whose program says nothing. */
const newInstanceMetadata: MetadataOptions = {
  httpEndpoint: "enabled",
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

/** The interface that the program gives, which outlives the instance. */
function interfaceFor(data: AccountData, inputs: PropertyMap, instanceId: string): NetworkInterface {
  const given = requiredText(objectIn(inputs, "primaryNetworkInterface") ?? {}, "networkInterfaceId");
  const found = find(data, "networkInterfaces", given);
  if (found.attachment !== undefined) {
    throw new ApiError("InvalidNetworkInterface.InUse", `Interface: [${found.id}] in use.`);
  }
  found.attachment = { attachmentId: newId("eni-attach"), instanceId, deviceIndex: 0 };
  return found;
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
  const made: Volume = {
    ...place,
    id: newId("vol"),
    tags: {},
    encrypted: flagIn(given, "encrypted") ?? false,
    size,
    type: textIn(given, "volumeType") ?? "gp3",
    deleteOnTermination: flagIn(given, "deleteOnTermination") ?? true,
  };
  data.volumes[made.id] = made;
  return made;
}
