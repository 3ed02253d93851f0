import { containsUnknown, propertiesWithoutSecrets, unwrap } from "../../rpc/property-tree";
import { isPropertyList, isPropertyMap, Unknown, type PropertyMap, type PropertyValue } from "../../rpc/property-value";
import type { CheckFailure, CheckRequest, CheckResult } from "../../rpc/provider";
import { isGiven, textIn, textsIn } from "./inputs";
import type { Field, Fields, ResourceType } from "./resource-type";

/** Name of the input that lists which others were filled in, as the official provider keeps it. */
export const defaultsKey = "__defaults";

/** Inputs that every resource has. */
export const commonFields: Fields = { region: { type: "string", replaces: true, computed: true } };

/**
 * Checks inputs as the official provider does: unknown and missing arguments, types, AWS's rules for the values. Fills in
 * defaults and names. What is unknown passes.
 */
export function checkResource(resource: ResourceType, request: CheckRequest): CheckResult {
  const { [defaultsKey]: _defaults, ...news } = request.news;
  const fields = { ...resource.fields, ...commonFields };
  const failures = fieldFailures(news, fields, "");
  if (failures.length > 0) {
    return { inputs: news, failures };
  }
  const inputs = withNames(withDefaults(news, fields), fields, request);
  return { inputs, failures: resource.check?.(knownPart(propertiesWithoutSecrets(inputs))) ?? [] };
}

/** Inputs without those that are unknown or hold something unknown. */
function knownPart(inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => !containsUnknown(value)));
}

function fieldFailures(object: PropertyMap, fields: Fields, path: string): CheckFailure[] {
  const given = Object.keys(object).filter((name) => isGiven(object[name]));
  const strange = given
    .filter((name) => fields[name] === undefined)
    .map((name) => ({ property: path + name, reason: `the test account has no argument "${path}${name}"` }));
  const wrong = Object.entries(fields).flatMap(([name, field]): CheckFailure[] => {
    const value = object[name];
    if (!isGiven(value)) {
      const reason = `Missing required argument. The argument "${snakeCase(name)}" is required, but no definition was found.`;
      return field.required === true ? [{ property: path + name, reason }] : [];
    }
    return valueFailures(value, field, path + name);
  });
  return [...strange, ...wrong];
}

function valueFailures(wrapped: PropertyValue, field: Field, path: string): CheckFailure[] {
  const value = unwrap(wrapped);
  if (value instanceof Unknown) {
    return [];
  }
  if (field.type === "object" && isPropertyMap(value)) {
    return fieldFailures(value, field.fields ?? {}, `${path}.`);
  }
  if (field.type === "objects" && isPropertyList(value)) {
    const inner: Field = { type: "object", ...(field.fields === undefined ? {} : { fields: field.fields }) };
    return value.flatMap((each, index) => valueFailures(each, inner, `${path}[${index}]`));
  }
  const good =
    isPropertyList(value) && (field.type === "set" || field.type === "strings")
      ? value.every(isTextOrUnknown)
      : isPropertyMap(value) && field.type === "tags"
        ? Object.values(value).every(isTextOrUnknown)
        : typeof value === field.type;
  return good ? [] : [{ property: path, reason: `expected a ${field.type}` }];
}

function isTextOrUnknown(value: PropertyValue): boolean {
  const inner = unwrap(value);
  return typeof inner === "string" || inner instanceof Unknown;
}

function withDefaults(inputs: PropertyMap, fields: Fields): PropertyMap {
  const filled = Object.entries(fields).flatMap(([name, field]): [string, PropertyValue][] => {
    const value = inputs[name];
    if (isGiven(value)) {
      return [[name, isPropertyMap(value) && field.fields ? withDefaults(value, field.fields) : value]];
    }
    return field.default === undefined ? [] : [[name, field.default]];
  });
  return Object.fromEntries(filled);
}

/** A name that was made stays; a new one is the resource's name with seven hexadecimal digits, as the official provider's. */
function withNames(inputs: PropertyMap, fields: Fields, request: CheckRequest): PropertyMap {
  const unnamed = Object.keys(fields).filter((name) => fields[name]?.autoname === true && !isGiven(inputs[name]));
  if (unnamed.length === 0) {
    return inputs;
  }
  const kept = textsIn(request.olds ?? {}, defaultsKey) ?? [];
  const digits = Buffer.from(request.randomSeed).toString("hex").slice(0, 7);
  const names = unnamed.map((name): [string, PropertyValue] => {
    const old = kept.includes(name) ? textIn(request.olds ?? {}, name) : undefined;
    return [name, old ?? request.autonaming?.proposedName ?? `${request.name}-${digits}`];
  });
  return { ...inputs, ...Object.fromEntries(names), [defaultsKey]: unnamed };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
