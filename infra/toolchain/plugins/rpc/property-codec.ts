import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
  Archive,
  Asset,
  isPropertyList,
  isPropertyMap,
  OutputValue,
  ResourceReference,
  Secret,
  Unknown,
  unknownSentinel,
  type PropertyMap,
  type PropertyValue,
} from "./property-value";

/** The key whose value says what a wrapped object is. */
export const signatureKey = "4dabf18193072939515e22adb298388d";

/** What the signature key says of each kind of wrapped value. */
export const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
} as const;

const unknownSentinels: ReadonlySet<string> = new Set([
  unknownSentinel,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // a boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // a number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // a list
  "030794c1-ac77-496b-92df-f27374a8bd58", // an asset
  "e48ece36-62e2-4504-bad9-02848725956a", // an archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // an object
]);

/** JSON as `Struct.toJavaScript` gives it. */
type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type JsonObject = Record<string, Json>;

/**
 * Decodes a message's properties without loss: `encodeProperties(decodeProperties(x))` says the same as x.
 * @param struct undefined where the message left them out: decoded as no properties
 * @throws Error where an object carries a signature that Pulumi does not define
 */
export function decodeProperties(struct: Struct | undefined): PropertyMap {
  return struct === undefined ? {} : decodeMap(struct.toJavaScript());
}

/** Encodes properties for a message. Names whose value is undefined are left out. */
export function encodeProperties(properties: PropertyMap): Struct {
  return Struct.fromJavaScript(encodeMap(properties));
}

/** Decodes one value from the JSON form that is on the wire and in a stack's state. */
export function decodeValue(json: Json): PropertyValue {
  if (typeof json === "string") {
    return unknownSentinels.has(json) ? new Unknown(json) : json;
  }
  if (typeof json !== "object" || json === null) {
    return json;
  }
  if (Array.isArray(json)) {
    return json.map(decodeValue);
  }
  const signature = json[signatureKey];
  return typeof signature === "string" ? decodeSigned(signature, json) : decodeMap(json);
}

function decodeMap(json: JsonObject): PropertyMap {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, decodeValue(value)]));
}

function decodeSigned(signature: string, json: JsonObject): PropertyValue {
  switch (signature) {
    case signatures.secret:
      return new Secret(decodeValue(json["value"] ?? null));
    case signatures.asset:
      return new Asset({
        hash: textOf(json, "hash"),
        text: textOf(json, "text"),
        path: textOf(json, "path"),
        uri: textOf(json, "uri"),
      });
    case signatures.archive:
      return new Archive({
        hash: textOf(json, "hash"),
        assets: json["assets"] === undefined ? undefined : decodeMap(json["assets"] as JsonObject),
        path: textOf(json, "path"),
        uri: textOf(json, "uri"),
      });
    case signatures.resource:
      return decodeReference(json);
    case signatures.output:
      return new OutputValue(
        json["value"] === undefined ? undefined : decodeValue(json["value"]),
        json["secret"] === true,
        (json["dependencies"] ?? []) as string[],
      );
    default:
      throw new Error(`unrecognized signature '${signature}' in property map`);
  }
}

function decodeReference(json: JsonObject): ResourceReference {
  const id = textOf(json, "id");
  return new ResourceReference(
    textOf(json, "urn") ?? "",
    id !== undefined && unknownSentinels.has(id) ? new Unknown(id) : id,
    textOf(json, "packageVersion"),
  );
}

function textOf(json: JsonObject, name: string): string | undefined {
  const value = json[name];
  return typeof value === "string" ? value : undefined;
}

/** Encodes one value into the JSON form that is on the wire and in a stack's state. */
export function encodeValue(value: PropertyValue): Json {
  if (isPropertyList(value)) {
    return value.map(encodeValue);
  }
  if (isPropertyMap(value)) {
    return encodeMap(value);
  }
  return typeof value === "object" && value !== null ? encodeWrapped(value) : value;
}

function encodeMap(properties: PropertyMap): JsonObject {
  const json: JsonObject = {};
  for (const [name, value] of Object.entries(properties) as [string, PropertyValue | undefined][]) {
    if (value !== undefined) {
      json[name] = encodeValue(value);
    }
  }
  return json;
}

function encodeWrapped(value: Secret | Unknown | Asset | Archive | ResourceReference | OutputValue): Json {
  if (value instanceof Unknown) {
    return value.sentinel;
  }
  if (value instanceof Secret) {
    return { [signatureKey]: signatures.secret, value: encodeValue(value.value) };
  }
  if (value instanceof Asset) {
    const { hash, text, path, uri } = value;
    return { [signatureKey]: signatures.asset, hash, ...given({ text, path, uri }) };
  }
  if (value instanceof Archive) {
    const assets = value.assets === undefined ? undefined : encodeMap(value.assets);
    const { hash, path, uri } = value;
    return { [signatureKey]: signatures.archive, hash, ...given({ assets, path, uri }) };
  }
  if (value instanceof ResourceReference) {
    const id = value.id === undefined ? undefined : encodeValue(value.id);
    const packageVersion = value.packageVersion;
    return { [signatureKey]: signatures.resource, urn: value.urn, packageVersion, ...given({ id }) };
  }
  return {
    [signatureKey]: signatures.output,
    secret: value.secret,
    dependencies: [...value.dependencies],
    ...given({ value: value.value === undefined ? undefined : encodeValue(value.value) }),
  };
}

function given(fields: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter((field): field is [string, Json] => field[1] !== undefined));
}
