import { containsSecret, sameValue, withoutSecrets } from "../../rpc/property-tree";
import { isPropertyMap, Secret, Unknown, type PropertyMap, type PropertyValue } from "../../rpc/property-value";
import { commonFields, defaultsKey } from "./check";
import type { Configuration } from "./configuration";
import { isGiven } from "./inputs";
import type { Context, ResourceType } from "./resource-type";

/** Outputs after an operation: the inputs, over them what AWS says; secret is what is secret in the inputs. */
export function stateOf(resource: ResourceType, context: Context, id: string, inputs: PropertyMap): PropertyMap {
  const { [defaultsKey]: _defaults, ...given } = inputs;
  const real = resource.describe(context.store.read(), id, context.region) ?? {};
  const own = { ...real, ...(isPropertyMap(real["tags"]) ? { tagsAll: real["tags"] } : {}) };
  const guarded = Object.entries(own).map(([name, value]): [string, PropertyValue] => [
    name,
    containsSecret(given[name] ?? null) ? new Secret(value) : value,
  ]);
  return { region: context.region, ...given, ...Object.fromEntries(guarded) };
}

/** Outputs as a preview of a creation, or of an update of `before`, knows them. */
export function previewState(
  resource: ResourceType,
  inputs: PropertyMap,
  configuration: Configuration | undefined,
  before?: PropertyMap,
): PropertyMap {
  const { [defaultsKey]: _defaults, ...given } = inputs;
  const chosen = Object.keys(resource.fields).filter(
    (name) => resource.fields[name]?.computed === true && !isGiven(given[name]),
  );
  const unknown = [...resource.outputs, ...chosen].map((name): [string, PropertyValue] => [
    name,
    before?.[name] ?? new Unknown(),
  ]);
  const tags = given["tags"] === undefined ? {} : withoutSecrets(given["tags"]);
  const all = isPropertyMap(tags) ? tags : new Unknown();
  return {
    region: configuration?.region ?? new Unknown(),
    ...Object.fromEntries(unknown),
    ...given,
    ...(resource.fields["tags"] === undefined ? {} : { tagsAll: all }),
  };
}

/**
 * Inputs after a refresh: what has changed in AWS shows in those that the program gives, so that the next update sees it.
 * On import, if there are none, they are all that AWS says.
 * @param before outputs of the last run
 * @param now outputs as they are
 */
export function refreshedInputs(
  resource: ResourceType,
  inputs: PropertyMap,
  before: PropertyMap,
  now: PropertyMap,
): PropertyMap {
  const names = Object.keys({ ...resource.fields, ...commonFields });
  if (Object.keys(inputs).length === 0) {
    return Object.fromEntries(names.filter((name) => isGiven(now[name])).map((name) => [name, now[name] ?? null]));
  }
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const real = now[name];
      return [name, names.includes(name) && real !== undefined ? merged(value, before[name], real) : value];
    }),
  );
}

/** The input's own form if nothing has changed; of an object only the entries that the input has. */
function merged(input: PropertyValue, before: PropertyValue | undefined, now: PropertyValue): PropertyValue {
  if (sameValue(before, now)) {
    return input;
  }
  if (isPropertyMap(input) && isPropertyMap(now) && isPropertyMap(before) && !sameKeys(before, now)) {
    return now;
  }
  if (isPropertyMap(input) && isPropertyMap(now)) {
    const own = Object.entries(input).map(([name, value]): [string, PropertyValue] => [name, now[name] ?? value]);
    return Object.fromEntries(own);
  }
  return input instanceof Secret ? new Secret(now) : now;
}

function sameKeys(a: PropertyMap, b: PropertyMap): boolean {
  return Object.keys(a).sort().join("\n") === Object.keys(b).sort().join("\n");
}
