import type { PropertyMap } from "../../rpc/property-value";
import type { AccountData, Instance } from "../account-data";
import { all } from "../ec2/find";
import { observeInstances } from "../ec2/instance-power";
import { publicAddressOf } from "../ec2/public-addresses";
import { objectsIn, requiredText, tagsIn, textsIn } from "../provider/inputs";
import type { Context } from "../provider/resource-type";

/** Instances by tags, states and filters; only running ones where no state is named, as the official provider has it. */
export async function getInstances(args: PropertyMap, context: Context): Promise<PropertyMap> {
  const { region } = context;
  await observeInstances(context);
  const states = textsIn(args, "instanceStateNames") ?? ["running"];
  const wanted = Object.entries(tagsIn(args, "instanceTags"));
  const filters = objectsIn(args, "filters") ?? [];
  const result = await context.store.look({ operation: "DescribeInstances", region }, (data) => {
    const found = all(data, "instances")
      .filter((each) => each.region === region && states.includes(each.state))
      .filter((each) => wanted.every(([name, value]) => each.tags[name] === value))
      .filter((each) => filters.every((filter) => passes(data, each, filter)));
    const places = found.map((each) => data.networkInterfaces[each.networkInterfaceId]);
    return {
      ids: found.map(({ id }) => id),
      privateIps: places.flatMap((place) => place?.privateIps.slice(0, 1) ?? []),
      publicIps: places.flatMap((place) => (place && publicAddressOf(data, place)) ?? []),
    };
  });
  return { ...args, ...result, id: region, ipv6Addresses: [], region };
}

/** @throws Error for a filter that the account does not know */
function passes(data: AccountData, instance: Instance, filter: PropertyMap): boolean {
  const name = requiredText(filter, "name");
  const values = textsIn(filter, "values") ?? [];
  const known: Readonly<Record<string, string | undefined>> = {
    "availability-zone": instance.availabilityZone,
    "image-id": instance.ami,
    "instance-id": instance.id,
    "instance-state-name": instance.state,
    "instance-type": instance.instanceType,
    "subnet-id": instance.subnetId,
    "vpc-id": data.subnets[instance.subnetId]?.vpcId,
  };
  if (name.startsWith("tag:")) {
    return values.includes(instance.tags[name.slice("tag:".length)] ?? "");
  }
  if (name === "tag-key") {
    return values.some((value) => value in instance.tags);
  }
  if (!(name in known)) {
    throw new Error(`the test account has no filter ${name}`);
  }
  return values.includes(known[name] ?? "");
}
