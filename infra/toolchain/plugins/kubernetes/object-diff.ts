import { sameValue } from "../rpc/property-tree";
import { isPropertyList, isPropertyMap, Unknown, type PropertyMap, type PropertyValue } from "../rpc/property-value";
import type { PropertyChange } from "../rpc/provider";
import { isQuantityPath, isZero, sameQuantity } from "./quantity";
import { formatPropertyPath, type PropertyPath } from "./property-path";
import { touchesField } from "./replacement";

/** One difference between an object as it is and as the program wants it. */
export interface ObjectChange extends PropertyChange {
  readonly path: PropertyPath;
}

/** What two versions of an object are compared by. */
export interface ObjectComparison {
  /** The object as it was last seen, in the shape of the inputs that it was made from. */
  readonly live: PropertyMap;
  /** The inputs that it was made from. */
  readonly oldInputs: PropertyMap;
  readonly newInputs: PropertyMap;
  /** Fields whose change replaces the object. */
  readonly replacing: readonly string[];
  /** Kubernetes serves the kind itself: it leaves out values that say nothing, and writes quantities its own way. */
  readonly builtIn: boolean;
}

/** The differences between the live object and the new inputs, in the order of the new inputs. */
export function diffObjects(comparison: ObjectComparison): ObjectChange[] {
  const changes: ObjectChange[] = [];
  compareMaps(comparison, [], comparison.live, comparison.newInputs, comparison.oldInputs, changes);
  return changes;
}

/** The differences by property path, as the engine takes them. */
export function detailedDiffOf(changes: readonly ObjectChange[]): Record<string, PropertyChange> {
  return Object.fromEntries(
    changes.map(({ path, kind, inputDiff }) => [formatPropertyPath(path), { kind, inputDiff }] as const),
  );
}

type Side = PropertyValue | undefined;

function compareMaps(
  comparison: ObjectComparison,
  path: PropertyPath,
  live: PropertyMap,
  wanted: PropertyMap,
  before: PropertyMap,
  changes: ObjectChange[],
): void {
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(live)])) {
    compare(comparison, [...path, key], live[key], wanted[key], before[key], changes);
  }
}

function compare(
  comparison: ObjectComparison,
  path: PropertyPath,
  live: Side,
  wanted: Side,
  before: Side,
  changes: ObjectChange[],
): void {
  if (isPropertyMap(live) && isPropertyMap(wanted)) {
    compareMaps(comparison, path, live, wanted, isPropertyMap(before) ? before : {}, changes);
  } else if (isPropertyList(live) && isPropertyList(wanted)) {
    const inputs = isPropertyList(before) ? before : [];
    for (let index = 0; index < Math.max(live.length, wanted.length); index += 1) {
      compare(comparison, [...path, index], live[index], wanted[index], inputs[index], changes);
    }
  } else if (!saysTheSame(comparison, path, live, wanted, before)) {
    changes.push(changeAt(comparison, path, live, wanted));
  }
}

function saysTheSame(
  comparison: ObjectComparison,
  path: PropertyPath,
  live: Side,
  wanted: Side,
  before: Side,
): boolean {
  if (wanted instanceof Unknown) {
    return false;
  }
  if (live === undefined || wanted === undefined) {
    const leftOut = comparison.builtIn && wanted !== undefined && isZero(wanted) && sameValue(before, wanted);
    return live === wanted || (live === undefined && wanted === null) || leftOut;
  }
  return sameValue(live, wanted) || (comparison.builtIn && isQuantityPath(path) && sameQuantity(live, wanted));
}

function changeAt(comparison: ObjectComparison, path: PropertyPath, live: Side, wanted: Side): ObjectChange {
  const deleted = wanted === undefined || wanted === null;
  const kind = deleted ? "delete" : live === undefined ? "add" : "update";
  const replaces = touchesField(path, wanted ?? null, comparison.replacing);
  return { path, kind: replaces ? `${kind}-replace` : kind, inputDiff: deleted };
}
