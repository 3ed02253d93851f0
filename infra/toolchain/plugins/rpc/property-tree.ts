import {
  Archive,
  Asset,
  isPropertyList,
  isPropertyMap,
  OutputValue,
  ResourceReference,
  Secret,
  Unknown,
  type PropertyMap,
  type PropertyValue,
} from "./property-value";

/** Whether any part of a value is unknown. */
export function containsUnknown(value: PropertyValue): boolean {
  return someValue(
    value,
    (part) => part instanceof Unknown || (part instanceof OutputValue && part.value === undefined),
  );
}

/** Whether any part of a value is secret. */
export function containsSecret(value: PropertyValue): boolean {
  return someValue(value, (part) => part instanceof Secret || (part instanceof OutputValue && part.secret));
}

/** The same value without Secret and Output wrappers; what was unknown stays Unknown. */
export function withoutSecrets(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) {
    return withoutSecrets(value.value);
  }
  if (value instanceof OutputValue) {
    return value.value === undefined ? new Unknown() : withoutSecrets(value.value);
  }
  if (value instanceof Archive && value.assets !== undefined) {
    const { hash, path, uri } = value;
    return new Archive({ hash, path, uri, assets: propertiesWithoutSecrets(value.assets) });
  }
  if (isPropertyList(value)) {
    return value.map(withoutSecrets);
  }
  return isPropertyMap(value) ? propertiesWithoutSecrets(value) : value;
}

/** The same properties without Secret and Output wrappers, at every depth. */
export function propertiesWithoutSecrets(properties: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, withoutSecrets(value)]));
}

/** A value wrapped as secret once: a Secret stays as it is. */
export function asSecret(value: PropertyValue): Secret {
  return value instanceof Secret ? value : new Secret(value);
}

/**
 * Whether two values say the same. Secrets compare by what they hold; assets and archives by hash where both have one;
 * an Unknown equals nothing, not even another Unknown.
 */
export function sameValue(left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  const a = left === undefined ? undefined : unwrap(left);
  const b = right === undefined ? undefined : unwrap(right);
  if (a instanceof Unknown || b instanceof Unknown) {
    return false;
  }
  if (isPropertyList(a) && isPropertyList(b)) {
    return a.length === b.length && a.every((part, index) => sameValue(part, b[index]));
  }
  if (isPropertyMap(a) && isPropertyMap(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...names].every((name) => sameValue(a[name], b[name]));
  }
  if ((a instanceof Asset && b instanceof Asset) || (a instanceof Archive && b instanceof Archive)) {
    return sameFiles(a, b);
  }
  if (a instanceof ResourceReference && b instanceof ResourceReference) {
    return a.urn === b.urn && sameValue(a.id, b.id);
  }
  return a === b;
}

function sameFiles(a: Asset | Archive, b: Asset | Archive): boolean {
  if (a.hash !== "" && b.hash !== "") {
    return a.hash === b.hash;
  }
  const text = (files: Asset | Archive): string | undefined => (files instanceof Asset ? files.text : undefined);
  const assets = (files: Asset | Archive): PropertyMap | undefined =>
    files instanceof Archive ? files.assets : undefined;
  return a.path === b.path && a.uri === b.uri && text(a) === text(b) && sameValue(assets(a), assets(b));
}

/** What is inside a secret or an output; an output without a value is unknown. */
export function unwrap(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) {
    return unwrap(value.value);
  }
  if (value instanceof OutputValue) {
    return value.value === undefined ? new Unknown() : unwrap(value.value);
  }
  return value;
}

function someValue(value: PropertyValue, holds: (part: PropertyValue) => boolean): boolean {
  if (holds(value)) {
    return true;
  }
  if (isPropertyList(value)) {
    return value.some((part) => someValue(part, holds));
  }
  if (isPropertyMap(value)) {
    return Object.values(value).some((part) => someValue(part, holds));
  }
  if (value instanceof Archive) {
    return value.assets !== undefined && someValue(value.assets, holds);
  }
  if (value instanceof Secret || value instanceof OutputValue) {
    return value.value !== undefined && someValue(value.value, holds);
  }
  return value instanceof ResourceReference && value.id instanceof Unknown && holds(value.id);
}
