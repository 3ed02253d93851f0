import { isPropertyList, isPropertyMap, Secret, Unknown, type PropertyMap, type PropertyValue } from "./property-value";

/** Whether any part of a value is unknown. */
export function containsUnknown(value: PropertyValue): boolean {
  return someValue(value, (part) => part instanceof Unknown);
}

/** Whether any part of a value is secret. */
export function containsSecret(value: PropertyValue): boolean {
  return someValue(value, (part) => part instanceof Secret);
}

/** The same value without Secret wrappers; what was unknown stays Unknown. */
export function withoutSecrets(value: PropertyValue): PropertyValue {
  const inner = unwrap(value);
  if (isPropertyList(inner)) {
    return inner.map(withoutSecrets);
  }
  return isPropertyMap(inner) ? propertiesWithoutSecrets(inner) : inner;
}

/** The same properties without Secret wrappers, at every depth. */
export function propertiesWithoutSecrets(properties: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, withoutSecrets(value)]));
}

/** Whether two values say the same. Secrets compare by what they hold; an Unknown equals nothing, not even another Unknown. */
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
  return a === b;
}

/** What is inside a secret. */
export function unwrap(value: PropertyValue): PropertyValue {
  return value instanceof Secret ? unwrap(value.value) : value;
}

function someValue(value: PropertyValue, holds: (part: PropertyValue) => boolean): boolean {
  if (holds(value)) {
    return true;
  }
  const inner = unwrap(value);
  const parts = isPropertyList(inner) ? inner : isPropertyMap(inner) ? Object.values(inner) : [];
  return holds(inner) || parts.some((part) => someValue(part, holds));
}
