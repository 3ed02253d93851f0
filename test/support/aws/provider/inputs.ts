import { isPropertyList, isPropertyMap, type PropertyMap, type PropertyValue } from "../../rpc/property-value";
import type { Tags } from "../account-data";

/** Text of a property; undefined if it is missing or not known yet. */
export function textIn(properties: PropertyMap, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" ? value : undefined;
}

/** Text of a property that the check has made sure of. */
export function requiredText(properties: PropertyMap, name: string): string {
  return textIn(properties, name) ?? "";
}

/** Number of a property; undefined if it is missing or not known yet. */
export function numberIn(properties: PropertyMap, name: string): number | undefined {
  const value = properties[name];
  return typeof value === "number" ? value : undefined;
}

/** Boolean of a property; undefined if it is missing or not known yet. */
export function flagIn(properties: PropertyMap, name: string): boolean | undefined {
  const value = properties[name];
  return typeof value === "boolean" ? value : undefined;
}

/** The texts of a list; undefined if it is missing, without what is not known yet. */
export function textsIn(properties: PropertyMap, name: string): string[] | undefined {
  const value = properties[name];
  return isPropertyList(value) ? value.filter((each) => typeof each === "string") : undefined;
}

/** An object of a property; undefined if it is missing or not known yet. */
export function objectIn(properties: PropertyMap, name: string): PropertyMap | undefined {
  const value = properties[name];
  return isPropertyMap(value) ? value : undefined;
}

/** The objects of a list; undefined if it is missing. */
export function objectsIn(properties: PropertyMap, name: string): PropertyMap[] | undefined {
  const value = properties[name];
  return isPropertyList(value) ? value.filter(isPropertyMap) : undefined;
}

/** The tags of a property, without those that are not known yet. */
export function tagsIn(properties: PropertyMap, name = "tags"): Tags {
  const known = Object.entries(objectIn(properties, name) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(known);
}

/** Whether a value is there: neither missing nor null. */
export function isGiven(value: PropertyValue | undefined): value is Exclude<PropertyValue, null> {
  return value !== undefined && value !== null;
}

/** An object without the entries that are undefined. */
export function defined(entries: Readonly<Record<string, PropertyValue | undefined>>): PropertyMap {
  const given = Object.entries(entries).filter((entry): entry is [string, PropertyValue] => entry[1] !== undefined);
  return Object.fromEntries(given);
}
