import { isPropertyList, isPropertyMap, type PropertyMap, type PropertyValue } from "../rpc/property-value";

/**
 * What a live object says about the fields that a program set: the live values, in the shape of the inputs. Fields that
 * the cluster added go; where both sides have another type, the live value stays as it is.
 * @param live the object as the API server gave it
 * @param shape the inputs that it was made from
 */
export function pruneToShape(live: PropertyMap, shape: PropertyMap): PropertyMap {
  const pruned: Record<string, PropertyValue> = {};
  for (const [key, value] of Object.entries(live)) {
    const wanted = shape[key];
    if (wanted !== undefined) {
      pruned[key] = pruneValue(value, wanted);
    }
  }
  return pruned;
}

function pruneValue(live: PropertyValue, shape: PropertyValue): PropertyValue {
  if (isPropertyMap(live) && isPropertyMap(shape)) {
    return pruneToShape(live, shape);
  }
  if (isPropertyList(live) && isPropertyList(shape)) {
    return pruneList(live, shape);
  }
  return live;
}

// Items that the cluster appended go too.
function pruneList(live: readonly PropertyValue[], shape: readonly PropertyValue[]): PropertyValue[] {
  return live.slice(0, shape.length).map((value, index) => pruneValue(value, shape[index] ?? null));
}
