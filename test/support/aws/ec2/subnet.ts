import { contains, overlaps, parseCidr } from "../../../../infra/core/addresses";
import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, type AccountData, type Subnet } from "../account-data";
import { ApiError, invalidValue } from "../api-error";
import { newId } from "../identifiers";
import { flagIn, requiredText, tagsIn, textIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { all, cidrFailures, find, remove, updateTags } from "./find";

/** A subnet: a network of its own for the machines in it. */
export const subnet: ResourceType = {
  title: "EC2 Subnet",
  describes: "DescribeSubnets",
  fields: withTags({
    vpcId: { type: "string", required: true, replaces: true },
    cidrBlock: { type: "string", required: true, replaces: true },
    availabilityZone: { type: "string", replaces: true, computed: true },
    mapPublicIpOnLaunch: { type: "boolean", default: false },
  }),
  outputs: ["arn", "ownerId", "availabilityZoneId"],
  check: (inputs) => cidrFailures(inputs, "cidrBlock", "cidr_block"),
  async create(context, inputs) {
    const id = await createSubnet(context, inputs);
    try {
      await context.machines.createSubnet(id, requiredText(inputs, "cidrBlock"));
    } catch (error) {
      // Without its network it is of no use to any test: not AWS refuses here, but the machine.
      await context.store.change((data) => remove(data, "subnets", id));
      throw error;
    }
    return id;
  },
  describe: describeSubnet,
  async update(context, id, _olds, news) {
    const call = { operation: "ModifySubnetAttribute", region: context.region, resource: id };
    await context.store.call(call, (data) => {
      find(data, "subnets", id).mapPublicIpOnLaunch = flagIn(news, "mapPublicIpOnLaunch") ?? false;
    });
    await updateTags(context, "subnets", id, tagsIn(news));
  },
  async delete(context, id) {
    await context.store.call({ operation: "DeleteSubnet", region: context.region, resource: id }, (data) => {
      deleteSubnet(data, id);
    });
    await context.machines.removeSubnet(id);
  },
};

/** The letters of a region's availability zones. */
const zoneLetters = ["a", "b", "c", "d"];

function createSubnet(context: Context, inputs: PropertyMap): Promise<string> {
  const { region } = context;
  return context.store.call({ operation: "CreateSubnet", region }, (data) => {
    const vpc = find(data, "vpcs", requiredText(inputs, "vpcId"));
    const cidrBlock = requiredText(inputs, "cidrBlock");
    refuseRange(data, vpc, cidrBlock);
    const availabilityZone = textIn(inputs, "availabilityZone") ?? `${region}a`;
    const zones = zoneLetters.map((letter) => region + letter);
    if (!zones.includes(availabilityZone)) {
      throw invalidValue(
        `Value (${availabilityZone}) for parameter availabilityZone is invalid. ` +
          `Subnets can currently only be created in the following availability zones: ${zones.join(", ")}.`,
      );
    }
    const made: Subnet = {
      id: newId("subnet"),
      region,
      tags: tagsIn(inputs),
      vpcId: vpc.id,
      cidrBlock,
      availabilityZone,
      mapPublicIpOnLaunch: flagIn(inputs, "mapPublicIpOnLaunch") ?? false,
    };
    data.subnets[made.id] = made;
    return made.id;
  });
}

function refuseRange(data: AccountData, vpc: { readonly id: string; readonly cidrBlock: string }, cidr: string): void {
  const [inner, outer] = [parseCidr(cidr), parseCidr(vpc.cidrBlock)];
  const address = cidr.split("/")[0] ?? "";
  if (inner.prefix < 16 || inner.prefix > 28 || inner.prefix < outer.prefix || !contains(outer, address)) {
    throw new ApiError("InvalidSubnet.Range", `The CIDR '${cidr}' is invalid.`);
  }
  const siblings = all(data, "subnets").filter((each) => each.vpcId === vpc.id);
  if (siblings.some((each) => overlaps(parseCidr(each.cidrBlock), inner))) {
    throw new ApiError("InvalidSubnet.Conflict", `The CIDR '${cidr}' conflicts with another subnet`);
  }
}

function describeSubnet(data: AccountData, id: string): PropertyMap | undefined {
  const found = data.subnets[id];
  return (
    found && {
      arn: arnOf(data, "subnets", found),
      availabilityZone: found.availabilityZone,
      availabilityZoneId: `${found.region.replace(/[a-z]+-/g, (part) => part.slice(0, 2))}-az${zoneNumber(found)}`,
      cidrBlock: found.cidrBlock,
      mapPublicIpOnLaunch: found.mapPublicIpOnLaunch,
      ownerId: data.accountId,
      tags: found.tags,
      vpcId: found.vpcId,
    }
  );
}

function zoneNumber(found: Subnet): number {
  return zoneLetters.indexOf(found.availabilityZone.slice(-1)) + 1;
}

function deleteSubnet(data: AccountData, id: string): void {
  find(data, "subnets", id);
  if (all(data, "networkInterfaces").some((each) => each.subnetId === id)) {
    throw new ApiError("DependencyViolation", `The subnet '${id}' has dependencies and cannot be deleted.`);
  }
  for (const table of all(data, "routeTables")) {
    table.associations = table.associations.filter((each) => each.subnetId !== id);
  }
  remove(data, "subnets", id);
}
