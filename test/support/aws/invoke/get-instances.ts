import type { PropertyMap } from "../../rpc/property-value";
import { all } from "../ec2/find";
import { observeInstances } from "../ec2/instance-power";
import { publicAddressOf } from "../ec2/public-addresses";
import { tagsIn, textsIn } from "../provider/inputs";
import type { Context } from "../provider/resource-type";

/** Instances by tags and states; only running ones if no state is named, as the official provider has it. */
export async function getInstances(args: PropertyMap, context: Context): Promise<PropertyMap> {
  const { region } = context;
  await observeInstances(context);
  const states = textsIn(args, "instanceStateNames") ?? ["running"];
  const wanted = Object.entries(tagsIn(args, "instanceTags"));
  const result = await context.store.look({ operation: "DescribeInstances", region }, (data) => {
    const found = all(data, "instances")
      .filter((each) => each.region === region && states.includes(each.state))
      .filter((each) => wanted.every(([name, value]) => each.tags[name] === value));
    const places = found.map((each) => data.networkInterfaces[each.networkInterfaceId]);
    return {
      ids: found.map(({ id }) => id),
      privateIps: places.flatMap((place) => place?.privateIps.slice(0, 1) ?? []),
      publicIps: places.flatMap((place) => (place && publicAddressOf(data, place)) ?? []),
    };
  });
  return { ...args, ...result, id: region, ipv6Addresses: [], region };
}
