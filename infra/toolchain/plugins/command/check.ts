import {
  Archive,
  Asset,
  isPropertyList,
  isPropertyMap,
  Secret,
  Unknown,
  type PropertyMap,
  type PropertyValue,
} from "../rpc/property-value";
import { asSecret, unwrap } from "../rpc/property-tree";
import type { CheckFailure, CheckResult } from "../rpc/provider";
import type { Field, FieldType, ObjectType } from "./fields";

/**
 * Checks inputs against their fields, fills in defaults, and marks what is always secret. It refuses what the official
 * provider refuses, in its words: unknown and missing fields, wrong types. Unknown values pass.
 */
export function checkInputs(news: PropertyMap, type: ObjectType): CheckResult {
  const failures = objectFailures(news, type, "");
  const filled = failures.length > 0 ? news : withDefaults(news, type);
  return { inputs: withSecrets(filled, type), failures };
}

function objectFailures(object: PropertyMap, type: ObjectType, path: string): CheckFailure[] {
  const unrecognized = Object.keys(object)
    .filter((name) => type.fields[name] === undefined)
    .map((name) => failure(path + name, `Unrecognized field '${name}' on '${type.name}'`));
  const wrong = Object.entries(type.fields).flatMap(([name, field]) => {
    const value = object[name];
    if (value !== undefined && value !== null) {
      return valueFailures(value, field.type, { owner: type.name, path: path + name, name });
    }
    return field.required === true ? [failure(path + name, `Missing required field '${name}' on '${type.name}'`)] : [];
  });
  return [...unrecognized, ...wrong];
}

interface Place {
  readonly owner: string;
  readonly path: string;
  readonly name: string;
}

function valueFailures(wrapped: PropertyValue, type: FieldType, place: Place): CheckFailure[] {
  const value = unwrap(wrapped);
  if (value instanceof Unknown) {
    return [];
  }
  if (typeof type === "object") {
    return isPropertyMap(value) ? objectFailures(value, type, `${place.path}.`) : [wrongType(place, type.name, value)];
  }
  const elements = elementsOf(value, type);
  if (elements !== undefined) {
    return elements.flatMap(([at, element]) =>
      valueFailures(element, "string", { ...place, path: place.path + at, name: place.name + at }),
    );
  }
  return isOfType(value, type) ? [] : [wrongType(place, type, value)];
}

/** The parts of a list or map of strings, each with what to put behind the field's name; undefined for anything else. */
function elementsOf(value: PropertyValue, type: FieldType): (readonly [string, PropertyValue])[] | undefined {
  if (type === "[]string" && isPropertyList(value)) {
    return value.map((element, index) => [`[${String(index)}]`, element]);
  }
  if (type === "map[string]string" && isPropertyMap(value)) {
    return Object.entries(value).map(([key, element]) => [`[${key}] value`, element]);
  }
  return undefined;
}

function isOfType(value: PropertyValue, type: FieldType): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "bool":
      return typeof value === "boolean";
    case "float64":
    case "int":
      return typeof value === "number";
    case "[]interface {}":
      return isPropertyList(value);
    case "types.AssetOrArchive":
      return value instanceof Asset || value instanceof Archive;
    default:
      return false;
  }
}

function wrongType(place: Place, expected: string, given: PropertyValue): CheckFailure {
  const reason = `Field '${place.name}' on '${place.owner}' must be a '${expected}'; got '${typeName(given)}' instead`;
  return failure(place.path, reason);
}

function typeName(value: PropertyValue): string {
  if (isPropertyList(value)) {
    return "[]interface {}";
  }
  const names = { string: "string", number: "float64", boolean: "bool", object: "map[string]interface {}" };
  return value === null ? "nil" : names[typeof value as keyof typeof names];
}

function failure(property: string, reason: string): CheckFailure {
  return { property, reason };
}

function withDefaults(object: PropertyMap, type: ObjectType): PropertyMap {
  const filled: Record<string, PropertyValue> = { ...object };
  for (const [name, field] of Object.entries(type.fields)) {
    const value = filled[name];
    if (value === undefined || value === null) {
      if (field.default !== undefined) {
        filled[name] = field.default;
      }
    } else if (typeof field.type === "object") {
      const nested = field.type;
      filled[name] = mapObject(value, (inner) => withDefaults(inner, nested));
    }
  }
  return filled;
}

function withSecrets(object: PropertyMap, type: ObjectType): PropertyMap {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, guard(value, type.fields[name])]));
}

function guard(value: PropertyValue, field: Field | undefined): PropertyValue {
  const type = field?.type;
  const inner = typeof type === "object" ? mapObject(value, (nested) => withSecrets(nested, type)) : value;
  return field?.secret === true ? asSecret(inner) : inner;
}

/** Changes an object where it stands, under Secret or plain; anything else stays as it is. */
function mapObject(value: PropertyValue, change: (object: PropertyMap) => PropertyMap): PropertyValue {
  if (value instanceof Secret) {
    return new Secret(mapObject(value.value, change));
  }
  return isPropertyMap(value) ? change(value) : value;
}
