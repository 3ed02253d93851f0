import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData } from "../account-data";
import { ApiError } from "../api-error";
import { newId, publicDnsName } from "../identifiers";
import { tagsIn } from "../provider/inputs";
import { withTags, type ResourceType } from "../provider/resource-type";
import { all, choiceFailures, find, remove, updateTags } from "./find";
import { takePublicAddress } from "./public-addresses";

/** Elastic IPs that a region of a new AWS account may have. */
const addressLimit = 5;

/** An Elastic IP; an association leads it to an interface. */
export const eip: ResourceType = {
  title: "EC2 EIP",
  describes: "DescribeAddresses",
  fields: withTags({
    domain: { type: "string", replaces: true, computed: true },
  }),
  outputs: [
    "allocationId",
    "arn",
    "associationId",
    "instance",
    "networkInterface",
    "privateIp",
    "publicDns",
    "publicIp",
  ],
  check: (inputs) => choiceFailures(inputs, "domain", "domain", ["standard", "vpc"]),
  create: (context, inputs) =>
    context.store.call({ operation: "AllocateAddress", region: context.region }, (data) => {
      if (all(data, "elasticIps").filter((each) => each.region === context.region).length >= addressLimit) {
        throw new ApiError("AddressLimitExceeded", "The maximum number of addresses has been reached.");
      }
      const id = newId("eipalloc");
      data.elasticIps[id] = { id, region: context.region, tags: tagsIn(inputs), publicIp: takePublicAddress(data) };
      return id;
    }),
  describe: describeAddress,
  update: (context, id, _olds, news) => updateTags(context, "elasticIps", id, tagsIn(news)),
  delete: (context, id) =>
    context.store.call({ operation: "ReleaseAddress", region: context.region, resource: id }, (data) => {
      const found = find(data, "elasticIps", id);
      if (found.association !== undefined) {
        throw new ApiError("InvalidIPAddress.InUse", `Address ${found.publicIp} is in use.`);
      }
      remove(data, "elasticIps", id);
    }),
};

function describeAddress(data: AccountData, id: string): PropertyMap | undefined {
  const found = data.elasticIps[id];
  if (found === undefined) {
    return undefined;
  }
  const { association } = found;
  const attachment = association && data.networkInterfaces[association.networkInterfaceId]?.attachment;
  return {
    allocationId: id,
    arn: arnOf(data, "elasticIps", found),
    associationId: association?.id ?? "",
    domain: "vpc",
    instance: attachment?.instanceId ?? "",
    networkInterface: association?.networkInterfaceId ?? "",
    privateIp: association?.privateIp ?? "",
    publicDns: publicDnsName(found.region, found.publicIp),
    publicIp: found.publicIp,
    tags: found.tags,
  };
}
