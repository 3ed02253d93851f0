import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
  secretSignature,
  signatureKey,
  unknown,
  type Property,
  type Properties,
} from "../../../infra/toolchain/plugins/command/properties";

/** A resource's property as a provider of a test sees it: JSON, secrets, and what a preview does not know. */
export type PropertyValue =
  null | boolean | number | string | readonly PropertyValue[] | PropertyMap | Secret | Unknown;

/** A plain object of properties: a resource's inputs, its state, or an object within them. */
export interface PropertyMap {
  readonly [name: string]: PropertyValue;
}

/** A value that is encrypted in the stack's state and never shown. */
export class Secret {
  /** @param value what is secret; may itself be unknown */
  constructor(readonly value: PropertyValue) {}
}

/** A value that a preview does not know yet. */
export class Unknown {
  readonly isUnknown = true;
}

/** Whether a value is a plain object: neither null, nor a list, nor one of the wrappers. */
export function isPropertyMap(value: PropertyValue | undefined): value is PropertyMap {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof Secret) && !(value instanceof Unknown);
}

/** Whether a value is a list. `Array.isArray` loses the element type of a readonly list. */
export function isPropertyList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

/** Decodes a message's properties; undefined: none. */
export function decodeProperties(struct: Struct | undefined): PropertyMap {
  return decodeMap(struct?.toJavaScript() ?? {});
}

/** Encodes properties for a message. */
export function encodeProperties(properties: PropertyMap): Struct {
  return Struct.fromJavaScript(encodeMap(properties));
}

function decode(json: Property): PropertyValue {
  if (json === unknown) {
    return new Unknown();
  }
  if (typeof json !== "object" || json === null) {
    return json;
  }
  if (Array.isArray(json)) {
    return json.map(decode);
  }
  return json[signatureKey] === secretSignature ? new Secret(decode(json["value"] ?? null)) : decodeMap(json);
}

function decodeMap(json: Properties): PropertyMap {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, decode(value)]));
}

function encode(value: PropertyValue): Property {
  if (value instanceof Secret) {
    return { [signatureKey]: secretSignature, value: encode(value.value) };
  }
  if (value instanceof Unknown) {
    return unknown;
  }
  if (isPropertyList(value)) {
    return value.map(encode);
  }
  return isPropertyMap(value) ? encodeMap(value) : value;
}

/** Names whose value is undefined are left out. */
function encodeMap(properties: PropertyMap): Properties {
  const given = Object.entries(properties as Record<string, PropertyValue | undefined>).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, encode(value)] as const],
  );
  return Object.fromEntries(given);
}
