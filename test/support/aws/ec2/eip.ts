import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData } from "../account-data";
import { ApiError } from "../api-error";
import { newId, privateDnsName, publicDnsName } from "../identifiers";
import { tagsIn, textIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { associate, disassociate } from "./association";
import { all, choiceFailures, find, remove, updateTags } from "./find";
import { takePublicAddress } from "./public-addresses";

/** Elastic IPs that a region of a new AWS account may have. */
const addressLimit = 5;

/** An Elastic IP; led to an interface by itself, or by an association of its own. */
export const eip: ResourceType = {
  title: "EC2 EIP",
  describes: "DescribeAddresses",
  fields: withTags({
    domain: { type: "string", replaces: true, computed: true },
    instance: { type: "string", computed: true },
    networkInterface: { type: "string", computed: true },
  }),
  outputs: ["allocationId", "arn", "associationId", "privateDns", "privateIp", "publicDns", "publicIp", "ptrRecord"],
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
  settle: lead,
  describe: describeAddress,
  async update(context, id, _olds, news) {
    await lead(context, id, news);
    await updateTags(context, "elasticIps", id, tagsIn(news));
  },
  async delete(context, id) {
    const association = context.store.read().elasticIps[id]?.association;
    if (association?.own === true) {
      const call = { operation: "DisassociateAddress", region: context.region, resource: association.id };
      await context.store.call(call, (data) => disassociate(data, association.id));
    }
    await context.store.call({ operation: "ReleaseAddress", region: context.region, resource: id }, (data) => {
      const found = find(data, "elasticIps", id);
      if (found.association !== undefined) {
        throw new ApiError("InvalidIPAddress.InUse", `Address ${found.publicIp} is in use.`);
      }
      remove(data, "elasticIps", id);
    });
  },
};

async function lead(context: Context, id: string, inputs: PropertyMap): Promise<void> {
  const [instanceId, networkInterfaceId] = [textIn(inputs, "instance"), textIn(inputs, "networkInterface")];
  if (instanceId !== undefined || networkInterfaceId !== undefined) {
    await context.store.call({ operation: "AssociateAddress", region: context.region, resource: id }, (data) =>
      associate(data, id, { instanceId, networkInterfaceId, own: true }),
    );
  }
}

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
    privateDns: association ? privateDnsName(found.region, association.privateIp) : "",
    privateIp: association?.privateIp ?? "",
    ptrRecord: "",
    publicDns: publicDnsName(found.region, found.publicIp),
    publicIp: found.publicIp,
    tags: found.tags,
  };
}
