import type { PropertyMap } from "../../rpc/property-value";
import { all } from "../ec2/find";
import { eip } from "../ec2/eip";
import { isGiven, objectIn, tagsIn, textIn } from "../provider/inputs";
import type { Context } from "../provider/resource-type";

/** One Elastic IP, by allocation id, public address or tags; in the official provider's words where there is none. */
export async function getElasticIp(args: PropertyMap, context: Context): Promise<PropertyMap> {
  const { region } = context;
  if (isGiven(args["filters"])) {
    throw new Error("the test account finds Elastic IPs by id, publicIp and tags, not by filters");
  }
  const [id, publicIp] = [textIn(args, "id"), textIn(args, "publicIp")];
  const tags = Object.entries(tagsIn(args));
  const call = { operation: "DescribeAddresses", region, resource: id ?? publicIp ?? "" };
  const [found, ...more] = await context.store.look(call, (data) =>
    all(data, "elasticIps")
      .filter((each) => each.region === region && (id === undefined || each.id === id))
      .filter((each) => publicIp === undefined || each.publicIp === publicIp)
      .filter((each) => tags.every(([name, value]) => each.tags[name] === value))
      .map((each) => ({ id: each.id, outputs: eip.describe(data, each.id, region) ?? {} })),
  );
  if (found === undefined || more.length > 0) {
    throw new Error(
      found === undefined ? "no matching EC2 EIP found" : "multiple EC2 EIPs matched; use additional constraints",
    );
  }
  const { instance = "", networkInterface = "", allocationId: _id, ...outputs } = found.outputs;
  return {
    ...outputs,
    id: found.id,
    instanceId: instance,
    networkInterfaceId: networkInterface,
    region,
    tags: objectIn(outputs, "tags") ?? {},
  };
}
