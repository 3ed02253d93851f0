import { parseCidr, type Ipv4Network } from "../../../../infra/core/addresses";
import type { PropertyMap } from "../../rpc/property-value";
import type { CheckFailure } from "../../rpc/provider";
import { arnOf, type AccountData, type AccountResources, type ResourceKind, type Tags } from "../account-data";
import { notFound } from "../api-error";
import { textIn } from "../provider/inputs";
import type { Context } from "../provider/resource-type";

type ResourceOf<Kind extends ResourceKind> = AccountResources[Kind][string];

/**
 * A resource that a call needs.
 * @throws ApiError that says that it does not exist
 */
export function find<Kind extends ResourceKind>(data: AccountData, kind: Kind, id: string): ResourceOf<Kind> {
  const found = data[kind][id] as ResourceOf<Kind> | undefined;
  if (found === undefined) {
    throw notFound(kind, id);
  }
  return found;
}

/** All resources of a kind. */
export function all<Kind extends ResourceKind>(data: AccountData, kind: Kind): ResourceOf<Kind>[] {
  return Object.values(data[kind]) as ResourceOf<Kind>[];
}

/** Takes a resource out of the account; the tag index lists it a while longer. */
export function remove(data: AccountData, kind: ResourceKind, id: string): void {
  const found = find(data, kind, id);
  data.deleted.push({ arn: arnOf(data, kind, found), tags: found.tags, at: Date.now() });
  // Each collection is a plain record of what was found in it.
  Reflect.deleteProperty(data[kind], id);
}

/** Gives a resource exactly these tags, if they differ. */
export async function updateTags(context: Context, kind: ResourceKind, id: string, tags: Tags): Promise<void> {
  const current = find(context.store.read(), kind, id).tags;
  if (JSON.stringify(sorted(current)) === JSON.stringify(sorted(tags))) {
    return;
  }
  await context.store.call({ operation: "CreateTags", region: context.region, resource: id }, (data) => {
    find(data, kind, id).tags = tags;
  });
}

function sorted(tags: Tags): [string, string][] {
  return Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A CIDR; undefined if it is none, or has host bits. */
export function networkOf(cidr: string): Ipv4Network | undefined {
  try {
    return parseCidr(cidr);
  } catch {
    return undefined;
  }
}

/** What is wrong with a property that holds a CIDR, in the official provider's words. */
export function cidrFailures(inputs: PropertyMap, name: string, argument: string): CheckFailure[] {
  const cidr = textIn(inputs, name);
  if (cidr === undefined || networkOf(cidr) !== undefined) {
    return [];
  }
  return [{ property: name, reason: `"${argument}": "${cidr}" is not a valid CIDR block` }];
}

/** What is wrong with a property that may only have some values, in the official provider's words. */
export function choiceFailures(
  inputs: PropertyMap,
  name: string,
  argument: string,
  choices: readonly string[],
): CheckFailure[] {
  const value = textIn(inputs, name);
  return value === undefined || choices.includes(value)
    ? []
    : [{ property: name, reason: `expected ${argument} to be one of ["${choices.join('" "')}"], got ${value}` }];
}
