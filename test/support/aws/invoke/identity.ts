import type { PropertyMap } from "../../rpc/property-value";
import type { Context } from "../provider/resource-type";

/** Who calls. */
export async function getCallerIdentity(_args: PropertyMap, context: Context): Promise<PropertyMap> {
  const call = { operation: "GetCallerIdentity", service: "STS", region: context.region };
  const accountId = await context.store.look(call, (data) => data.accountId);
  return { accountId, arn: `arn:aws:iam::${accountId}:user/test`, id: accountId, userId: "AIDATESTACCOUNT" };
}

/** The region that the provider works in; no call of AWS. */
export function getRegion(_args: PropertyMap, { region }: Context): Promise<PropertyMap> {
  return Promise.resolve({
    description: region,
    endpoint: `ec2.${region}.amazonaws.com`,
    id: region,
    name: region,
    region,
  });
}
