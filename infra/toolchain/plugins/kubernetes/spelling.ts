import { isPropertyList, isPropertyMap, type PropertyMap, type PropertyValue } from "../rpc/property-value";
import { isQuantityPath, isZero, sameQuantity } from "./quantity";
import type { PropertyPath } from "./property-path";

/**
 * What a live object says, in the words of the inputs that it was made from: an amount keeps the inputs' spelling
 * (`1000m` for `1`), and a value that says nothing stays where the API server left it out. Otherwise a refresh would find
 * changes where nothing has changed. For kinds that Kubernetes itself serves.
 * @param live the live object in the shape of the inputs
 */
export function spelledAsInputs(live: PropertyMap, inputs: PropertyMap): PropertyMap {
  return spellMap([], live, inputs);
}

function spellMap(path: PropertyPath, live: PropertyMap, inputs: PropertyMap): PropertyMap {
  const spelled: Record<string, PropertyValue> = {};
  for (const key of new Set([...Object.keys(inputs), ...Object.keys(live)])) {
    const value = spellValue([...path, key], live[key], inputs[key]);
    if (value !== undefined) {
      spelled[key] = value;
    }
  }
  return spelled;
}

function spellValue(
  path: PropertyPath,
  live: PropertyValue | undefined,
  input: PropertyValue | undefined,
): PropertyValue | undefined {
  if (live === undefined || input === undefined) {
    return live ?? (input !== undefined && isZero(input) ? input : undefined);
  }
  if (isPropertyMap(live) && isPropertyMap(input)) {
    return spellMap(path, live, input);
  }
  if (isPropertyList(live) && isPropertyList(input)) {
    return live.map((item, index) => spellValue([...path, index], item, input[index]) ?? item);
  }
  return isQuantityPath(path) && sameQuantity(live, input) ? input : live;
}
