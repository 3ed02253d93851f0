import { isPropertyMap, type PropertyMap, type PropertyValue } from "../rpc/property-value";
import { fieldOf, objectOf, objectsOf, textOf, withField, withoutField, type Manifest } from "./manifest";
import { parsePropertyPath } from "./property-path";

// Managers that wrote an object before we apply to it: this provider's creates, and kubectl. Their fields become ours.
// Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#upgrading-from-client-side-apply-to-server-side-apply
const earlierManagers: ReadonlySet<string> = new Set([
  "Apply kubectl",
  "Update kubectl",
  "Update before-first-apply",
  "Update pulumi-kubernetes",
  "Update pulumi-kubernetes.exe",
  "Update pulumi-resource-kubernetes",
]);

/** Name under which objects are created; its fields pass to the resource's own manager at the first update. */
export const creatingManager = "pulumi-kubernetes";

function entriesOf(live: Manifest): Manifest[] {
  return objectsOf(live, "metadata", "managedFields");
}

function isEarlier(entry: Manifest): boolean {
  const manager = `${textOf(entry, "operation")} ${textOf(entry, "manager")}`;
  return earlierManagers.has(manager) && textOf(entry, "subresource") === "";
}

/** Whether the object says who manages its fields. Ones from before Kubernetes 1.18 do not. */
export function hasManagedFields(live: Manifest): boolean {
  return entriesOf(live).length > 0;
}

/** Whether fields of the object belong to a manager whose place we take. */
export function hasEarlierManager(live: Manifest): boolean {
  return entriesOf(live).some(isEarlier);
}

/**
 * The JSON patch by which the fields of earlier managers become the new one's, so that applying finds no conflict.
 * @returns undefined where there is nothing to take over
 */
export function takeOverPatch(live: Manifest, fieldManager: string): object[] | undefined {
  const entries = entriesOf(live);
  const earlier = entries.filter(isEarlier);
  if (earlier.length === 0) {
    return undefined;
  }
  const isOurs = (entry: Manifest): boolean =>
    textOf(entry, "manager") === fieldManager && textOf(entry, "operation") === "Apply";
  const fields = [...entries.filter(isOurs), ...earlier].map((entry) => objectOf(entry, "fieldsV1")).reduce(unite, {});
  const others = entries.filter((entry) => !isOurs(entry) && !isEarlier(entry));
  const ours = { ...earlier[0], manager: fieldManager, operation: "Apply", fieldsV1: fields };
  return [
    { op: "replace", path: "/metadata/managedFields", value: [...others, ours] },
    { op: "replace", path: "/metadata/resourceVersion", value: textOf(live, "metadata", "resourceVersion") },
  ];
}

function unite(left: PropertyMap, right: PropertyMap): PropertyMap {
  const united: Record<string, PropertyValue> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const present = united[key];
    united[key] = isPropertyMap(present) && isPropertyMap(value) ? unite(present, value) : value;
  }
  return united;
}

/**
 * Inputs without fields that the program ignores: one that somebody else manages is not sent at all, one of ours keeps
 * the value that it has.
 */
export function withoutIgnored(
  inputs: Manifest,
  live: Manifest,
  ignoreChanges: readonly string[],
  fieldManager: string,
): Manifest {
  return ignoreChanges.reduce((manifest, ignored) => {
    const path = parsePropertyPath(ignored);
    // Within lists a field has no name of its own.
    return path.every((step) => typeof step === "string")
      ? withIgnoredField(manifest, live, path as string[], fieldManager)
      : manifest;
  }, inputs);
}

function withIgnoredField(inputs: Manifest, live: Manifest, path: string[], fieldManager: string): Manifest {
  const owners = entriesOf(live).filter((entry) => ownsField(entry, path));
  if (owners.length > 0 && owners.every((entry) => textOf(entry, "manager") !== fieldManager)) {
    return withoutField(inputs, path);
  }
  const value = fieldOf(live, ...path);
  return value === undefined ? inputs : withField(inputs, path, value);
}

function ownsField(entry: Manifest, path: readonly string[]): boolean {
  return fieldOf(objectOf(entry, "fieldsV1"), ...path.map((step) => `f:${step}`)) !== undefined;
}
