import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData, type NetworkInterface } from "../account-data";
import { ApiError, invalidValue } from "../api-error";
import { newId, newMacAddress, privateDnsName } from "../identifiers";
import { requiredText, tagsIn, textIn, textsIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { find, remove, updateTags } from "./find";
import { takePrivateAddresses } from "./private-addresses";
import { elasticIpOf } from "./public-addresses";

/** A network interface of its own, which outlives the instance that it is attached to. */
export const networkInterface: ResourceType = {
  title: "EC2 Network Interface",
  describes: "DescribeNetworkInterfaces",
  fields: withTags({
    subnetId: { type: "string", required: true, replaces: true },
    privateIps: { type: "set", computed: true },
    securityGroups: { type: "set", computed: true },
    description: { type: "string" },
  }),
  outputs: [
    "arn",
    "attachments",
    "privateIp",
    "interfaceType",
    "macAddress",
    "ownerId",
    "privateDnsName",
    "privateIpLists",
  ],
  // Secondary addresses come and go; the primary one is the interface's for life (the provider's CustomizeDiff).
  replaces: (field, olds, news) =>
    field === "privateIps" && !(textsIn(news, "privateIps") ?? []).includes(textsIn(olds, "privateIps")?.[0] ?? ""),
  create: createInterface,
  describe: describeInterface,
  update: updateInterface,
  delete: (context, id) =>
    context.store.call({ operation: "DeleteNetworkInterface", region: context.region, resource: id }, (data) => {
      if (find(data, "networkInterfaces", id).attachment !== undefined) {
        throw invalidValue(`Network interface '${id}' is currently in use.`);
      }
      // An Elastic IP that leads to it leads nowhere then.
      delete elasticIpOf(data, id)?.association;
      remove(data, "networkInterfaces", id);
    }),
};

function createInterface(context: Context, inputs: PropertyMap): Promise<string> {
  return context.store.call({ operation: "CreateNetworkInterface", region: context.region }, (data) => {
    const subnet = find(data, "subnets", requiredText(inputs, "subnetId"));
    const made: NetworkInterface = {
      id: newId("eni"),
      region: subnet.region,
      tags: tagsIn(inputs),
      subnetId: subnet.id,
      vpcId: subnet.vpcId,
      macAddress: newMacAddress(),
      privateIps: takePrivateAddresses(data, subnet, textsIn(inputs, "privateIps") ?? []),
      securityGroupIds: groupsOf(data, subnet.vpcId, textsIn(inputs, "securityGroups") ?? []),
      description: textIn(inputs, "description") ?? "",
    };
    data.networkInterfaces[made.id] = made;
    return made.id;
  });
}

/** Groups for an interface, which have to be its VPC's. */
function groupsOf(data: AccountData, vpcId: string, wanted: readonly string[]): string[] {
  for (const id of wanted) {
    if (find(data, "securityGroups", id).vpcId !== vpcId) {
      throw new ApiError("InvalidParameter", `Security group ${id} and subnet belong to different networks.`);
    }
  }
  return wanted.length > 0 ? [...wanted] : [find(data, "vpcs", vpcId).defaultSecurityGroupId];
}

async function updateInterface(context: Context, id: string, _olds: PropertyMap, news: PropertyMap): Promise<void> {
  const call = { operation: "ModifyNetworkInterfaceAttribute", region: context.region, resource: id };
  await context.store.call(call, (data) => {
    const found = find(data, "networkInterfaces", id);
    const addresses = textsIn(news, "privateIps") ?? found.privateIps;
    const added = addresses.filter((each) => !found.privateIps.includes(each));
    if (added.length > 0) {
      takePrivateAddresses(data, find(data, "subnets", found.subnetId), added);
    }
    const primary = found.privateIps[0] ?? "";
    found.privateIps = [primary, ...addresses.filter((each) => each !== primary)];
    const groups = textsIn(news, "securityGroups");
    found.securityGroupIds = groups === undefined ? found.securityGroupIds : groupsOf(data, found.vpcId, groups);
    found.description = textIn(news, "description") ?? "";
  });
  await updateTags(context, "networkInterfaces", id, tagsIn(news));
}

function describeInterface(data: AccountData, id: string): PropertyMap | undefined {
  const found = data.networkInterfaces[id];
  if (found === undefined) {
    return undefined;
  }
  const { attachment, privateIps } = found;
  const attached = attachment && {
    attachmentId: attachment.attachmentId,
    deviceIndex: attachment.deviceIndex,
    instance: attachment.instanceId,
    networkCardIndex: 0,
  };
  return {
    arn: arnOf(data, "networkInterfaces", found),
    attachments: attached === undefined ? [] : [attached],
    description: found.description,
    interfaceType: "interface",
    macAddress: found.macAddress,
    ownerId: data.accountId,
    privateDnsName: privateDnsName(found.region, privateIps[0] ?? ""),
    privateIp: privateIps[0] ?? "",
    privateIpLists: privateIps,
    privateIps,
    securityGroups: found.securityGroupIds,
    subnetId: found.subnetId,
    tags: found.tags,
  };
}
