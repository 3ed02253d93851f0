import { containsUnknown } from "../rpc/property-tree";
import { isPropertyList, isPropertyMap, type PropertyValue } from "../rpc/property-value";
import { fieldOf, objectOf, withField, withoutField, type Manifest } from "./manifest";
import { isBuiltIn, isResourceDefinition, isSecret, objectKindOf } from "./object-kind";

// Set by the API server, never by a program.
// Source: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#objectmeta-v1-meta
const serverFields = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/**
 * Brings inputs that mean the same to one form, so that they make no difference later: fields of the API server's own go,
 * a Secret's `stringData` becomes `data`, a null in a built-in kind is as good as nothing. Inputs with unknown parts
 * lose the server's fields only, because the rest of their form is not known yet.
 */
export function normalizeManifest(manifest: Manifest): Manifest {
  const known = containsUnknown(manifest) ? manifest : normalizeByKind(manifest);
  return serverFields.reduce((rest, field) => withoutField(rest, ["metadata", field]), known);
}

function normalizeByKind(manifest: Manifest): Manifest {
  const kind = objectKindOf(manifest);
  if (!isBuiltIn(kind.apiVersion)) {
    return manifest;
  }
  if (isResourceDefinition(kind)) {
    return normalizeResourceDefinition(manifest);
  }
  return isSecret(kind) ? normalizeSecret(withoutNulls(manifest)) : withoutNulls(manifest);
}

function normalizeResourceDefinition(manifest: Manifest): Manifest {
  const bare = withoutField(manifest, ["status"]);
  // The API server drops the field where it says false.
  return fieldOf(bare, "spec", "preserveUnknownFields") === false
    ? withoutField(bare, ["spec", "preserveUnknownFields"])
    : bare;
}

function normalizeSecret(manifest: Manifest): Manifest {
  const stringData = Object.entries(objectOf(manifest, "stringData"));
  const data = Object.entries(objectOf(manifest, "data")).map(([key, value]) => [key, canonicalBase64(value)] as const);
  if (stringData.length === 0) {
    return data.length === 0 ? manifest : withField(manifest, ["data"], Object.fromEntries(data));
  }
  const encoded = stringData.map(([key, value]) => [key, encodeText(value)] as const);
  return withField(withoutField(manifest, ["stringData"]), ["data"], Object.fromEntries([...data, ...encoded]));
}

function encodeText(value: PropertyValue): PropertyValue {
  return typeof value === "string" ? Buffer.from(value, "utf8").toString("base64") : value;
}

// The API server decodes and encodes again, which loses line breaks.
function canonicalBase64(value: PropertyValue): PropertyValue {
  return typeof value === "string" ? Buffer.from(value, "base64").toString("base64") : value;
}

function withoutNulls(manifest: Manifest): Manifest {
  return Object.fromEntries(
    Object.entries(manifest)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, withoutNullsInside(value)]),
  );
}

function withoutNullsInside(value: PropertyValue): PropertyValue {
  if (isPropertyList(value)) {
    return value.map(withoutNullsInside);
  }
  return isPropertyMap(value) ? withoutNulls(value) : value;
}
