import type { PropertyMap } from "../../rpc/property-value";
import { arnOf, resourceKinds, type AccountData, type ResourceKind, type Tags } from "../account-data";
import { all } from "../ec2/find";
import { objectsIn, requiredText, textsIn } from "../provider/inputs";
import type { Context } from "../provider/resource-type";

interface Tagged {
  readonly arn: string;
  readonly tags: Tags;
}

/**
 * What the tag index lists. It lags, as in AWS: what was deleted stays listed for a while, and a terminated instance for
 * long. Only what has tags is in it.
 */
export async function getResources(args: PropertyMap, context: Context): Promise<PropertyMap> {
  const { region } = context;
  const call = { operation: "GetResources", service: "Resource Groups Tagging API", region };
  const found = await context.store.look(call, (data) => indexed(data, region));
  const listed = found.filter(({ tags }) => matches(tags, objectsIn(args, "tagFilters") ?? []));
  return {
    ...args,
    id: region,
    region,
    resourceTagMappingLists: listed.map(({ arn, tags }) => ({ complianceDetails: [], resourceArn: arn, tags })),
  };
}

/** Everything of a region that has tags, also what is deleted but listed still. */
function indexed(data: AccountData, region: string): Tagged[] {
  const kinds = Object.keys(resourceKinds) as ResourceKind[];
  const present = kinds.flatMap((kind) =>
    all(data, kind).map((each) => ({ arn: arnOf(data, kind, each), tags: each.tags })),
  );
  const since = Date.now() - data.tagIndexLagSeconds * 1000;
  const lagging = data.deleted.filter(({ at }) => at > since);
  return [...present, ...lagging].filter(
    ({ arn, tags }) => arn.split(":")[3] === region && Object.keys(tags).length > 0,
  );
}

/** Every filter has to fit; of its values one, and without values any. */
function matches(tags: Tags, filters: readonly PropertyMap[]): boolean {
  return filters.every((filter) => {
    const value = tags[requiredText(filter, "key")];
    const values = textsIn(filter, "values") ?? [];
    return value !== undefined && (values.length === 0 || values.includes(value));
  });
}
