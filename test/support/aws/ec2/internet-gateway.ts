import { arnOf, type AccountData } from "../account-data";
import { ApiError } from "../api-error";
import { newId } from "../identifiers";
import { tagsIn, textIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { all, find, remove, updateTags } from "./find";
import { publicAddressOf } from "./public-addresses";

/** An internet gateway: without one, a VPC has no public addresses that work. */
export const internetGateway: ResourceType = {
  title: "EC2 Internet Gateway",
  describes: "DescribeInternetGateways",
  fields: withTags({ vpcId: { type: "string", computed: true } }),
  outputs: ["arn", "ownerId"],
  create: (context, inputs) =>
    context.store.call({ operation: "CreateInternetGateway", region: context.region }, (data) => {
      const id = newId("igw");
      data.internetGateways[id] = { id, region: context.region, tags: tagsIn(inputs) };
      return id;
    }),
  async settle(context, id, inputs) {
    const vpcId = textIn(inputs, "vpcId");
    if (vpcId !== undefined) {
      await attach(context, id, vpcId);
    }
  },
  describe(data, id) {
    const found = data.internetGateways[id];
    return (
      found && {
        arn: arnOf(data, "internetGateways", found),
        ownerId: data.accountId,
        tags: found.tags,
        vpcId: found.vpcId ?? "",
      }
    );
  },
  async update(context, id, _olds, news) {
    const vpcId = textIn(news, "vpcId");
    const attached = find(context.store.read(), "internetGateways", id).vpcId;
    if (vpcId !== undefined && vpcId !== attached) {
      await detach(context, id);
      await attach(context, id, vpcId);
    }
    await updateTags(context, "internetGateways", id, tagsIn(news));
  },
  async delete(context, id) {
    await detach(context, id);
    const call = { operation: "DeleteInternetGateway", region: context.region, resource: id };
    await context.store.call(call, (data) => remove(data, "internetGateways", id));
  },
};

function attach(context: Context, id: string, vpcId: string): Promise<void> {
  const call = { operation: "AttachInternetGateway", region: context.region, resource: id };
  return context.store.call(call, (data) => {
    find(data, "vpcs", vpcId);
    if (hasInternetGateway(data, vpcId)) {
      const reason = `Network ${vpcId} already has an internet gateway attached`;
      throw new ApiError("InvalidParameterValue", reason);
    }
    find(data, "internetGateways", id).vpcId = vpcId;
  });
}

/** Whether a VPC reaches the Internet. */
export function hasInternetGateway(data: AccountData, vpcId: string): boolean {
  return all(data, "internetGateways").some((each) => each.vpcId === vpcId);
}

async function detach(context: Context, id: string): Promise<void> {
  if (find(context.store.read(), "internetGateways", id).vpcId === undefined) {
    return;
  }
  const call = { operation: "DetachInternetGateway", region: context.region, resource: id };
  await context.store.call(call, (data) => {
    const found = find(data, "internetGateways", id);
    const mapped = all(data, "networkInterfaces").filter((each) => each.vpcId === found.vpcId);
    if (mapped.some((each) => publicAddressOf(data, each) !== undefined)) {
      throw new ApiError(
        "DependencyViolation",
        `Network ${found.vpcId ?? ""} has some mapped public address(es). ` +
          "Please unmap those public address(es) before detaching the gateway.",
      );
    }
    delete found.vpcId;
  });
}
