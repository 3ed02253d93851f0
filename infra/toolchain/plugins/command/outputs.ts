import { Unknown, type PropertyMap, type PropertyValue } from "../rpc/property-value";
import { sameValue } from "../rpc/property-tree";

/**
 * What a preview of a create knows of the outputs: the inputs. Everything that the command would say is unknown.
 * @param computed names of outputs that are no inputs
 */
export function previewCreate(inputs: PropertyMap, computed: readonly string[]): PropertyMap {
  return { ...inputs, ...unknown(computed) };
}

/**
 * What a preview of an update knows: as the state where no input has changed, else as a create.
 * @param computed names of outputs that are no inputs
 */
export function previewUpdate(state: PropertyMap, inputs: PropertyMap, computed: readonly string[]): PropertyMap {
  const unchanged = Object.entries(inputs).every(([name, value]) => sameValue(state[name], value));
  return { ...inputs, ...(unchanged ? outputsOf(state, computed) : unknown(computed)) };
}

/** The outputs in a state that are no inputs. */
export function outputsOf(state: PropertyMap, computed: readonly string[]): PropertyMap {
  const kept = computed.map((name): [string, PropertyValue | undefined] => [name, state[name]]);
  return Object.fromEntries(kept.filter((entry): entry is [string, PropertyValue] => entry[1] !== undefined));
}

function unknown(names: readonly string[]): PropertyMap {
  return Object.fromEntries(names.map((name) => [name, new Unknown()]));
}
