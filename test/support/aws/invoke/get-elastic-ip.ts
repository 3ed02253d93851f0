import type { PropertyMap } from "../../rpc/property-value";
import { eip } from "../ec2/eip";
import { requiredText } from "../provider/inputs";
import type { Context } from "../provider/resource-type";

/** One Elastic IP by its allocation id; in the official provider's words if there is none. */
export async function getElasticIp(args: PropertyMap, context: Context): Promise<PropertyMap> {
  const { region } = context;
  const id = requiredText(args, "id");
  const call = { operation: "DescribeAddresses", region, resource: id };
  const found = await context.store.look(call, (data) =>
    data.elasticIps[id]?.region === region ? eip.describe(data, id, region) : undefined,
  );
  if (found === undefined) {
    throw new Error("no matching EC2 EIP found");
  }
  const { instance = "", networkInterface = "", allocationId: _id, ...outputs } = found;
  return { ...outputs, id, instanceId: instance, networkInterfaceId: networkInterface, region };
}
