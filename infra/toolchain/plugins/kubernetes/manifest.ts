import { isPropertyMap, type PropertyMap, type PropertyValue } from "../rpc/property-value";

/** A Kubernetes object as JSON, without secret wrappers. In a preview, parts of it may be `Unknown`. */
export type Manifest = PropertyMap;

/** A way to a field: keys of objects, one after the other. */
export type FieldPath = readonly string[];

/**
 * The value of a field.
 * @returns undefined where the field, or an object on the way to it, is missing or unknown
 */
export function fieldOf(manifest: Manifest, ...path: FieldPath): PropertyValue | undefined {
  let value: PropertyValue | undefined = manifest;
  for (const key of path) {
    if (!isPropertyMap(value)) {
      return undefined;
    }
    value = value[key];
  }
  return value;
}

/** The field's text; "" where it is missing, unknown or no text. */
export function textOf(manifest: Manifest, ...path: FieldPath): string {
  const value = fieldOf(manifest, ...path);
  return typeof value === "string" ? value : "";
}

/** The field's number; undefined where it is missing, unknown or no number. */
export function numberOf(manifest: Manifest, ...path: FieldPath): number | undefined {
  const value = fieldOf(manifest, ...path);
  return typeof value === "number" ? value : undefined;
}

/** The field's objects, in order; empty where it is missing or no list. Items that are no objects are left out. */
export function objectsOf(manifest: Manifest, ...path: FieldPath): Manifest[] {
  const value = fieldOf(manifest, ...path);
  return Array.isArray(value) ? (value as PropertyValue[]).filter(isPropertyMap) : [];
}

/** The field's object; empty where it is missing, unknown or no object. */
export function objectOf(manifest: Manifest, ...path: FieldPath): Manifest {
  const value = fieldOf(manifest, ...path);
  return isPropertyMap(value) ? value : {};
}

/**
 * The same manifest with one field set. Objects on the way are made where they are missing; where one is unknown or no
 * object, the manifest comes back as it is, because nothing can be set inside it.
 */
export function withField(manifest: Manifest, path: FieldPath, value: PropertyValue): Manifest {
  const [key, ...rest] = path;
  if (key === undefined) {
    return manifest;
  }
  if (rest.length === 0) {
    return { ...manifest, [key]: value };
  }
  const inner = manifest[key] ?? {};
  return isPropertyMap(inner) ? { ...manifest, [key]: withField(inner, rest, value) } : manifest;
}

/** The same manifest without one field. */
export function withoutField(manifest: Manifest, path: FieldPath): Manifest {
  const [key, ...rest] = path;
  if (key === undefined || manifest[key] === undefined) {
    return manifest;
  }
  if (rest.length === 0) {
    return Object.fromEntries(Object.entries(manifest).filter(([name]) => name !== key));
  }
  const inner = manifest[key];
  return isPropertyMap(inner) ? { ...manifest, [key]: withoutField(inner, rest) } : manifest;
}

/** `metadata.name`, or "". */
export function nameOf(manifest: Manifest): string {
  return textOf(manifest, "metadata", "name");
}

/** `metadata.namespace`, or "". */
export function namespaceOf(manifest: Manifest): string {
  return textOf(manifest, "metadata", "namespace");
}

/** `apiVersion`, or "". */
export function apiVersionOf(manifest: Manifest): string {
  return textOf(manifest, "apiVersion");
}

/** `kind`, or "". */
export function kindOf(manifest: Manifest): string {
  return textOf(manifest, "kind");
}

/** The object's Pulumi id: `namespace/name`, or `name` where it has no namespace. */
export function objectId(manifest: Manifest): string {
  const namespace = namespaceOf(manifest);
  return namespace === "" ? nameOf(manifest) : `${namespace}/${nameOf(manifest)}`;
}

/** Takes an id apart. The namespace of a cluster-scoped object is "". */
export function parseObjectId(id: string): { readonly namespace: string; readonly name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}
