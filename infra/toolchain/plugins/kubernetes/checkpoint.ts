import { asSecret, containsSecret, propertiesWithoutSecrets } from "../rpc/property-tree";
import { isPropertyList, isPropertyMap, Secret, type PropertyMap, type PropertyValue } from "../rpc/property-value";
import { apiVersionOf, kindOf, type Manifest } from "./manifest";

const inputsKey = "__inputs";
const apiVersionKey = "__initialApiVersion";
const fieldManagerKey = "__fieldManager";

/** What the stack's state keeps of an object: the same form as the official provider's, so that either reads the other's. */
export interface Checkpoint {
  /** The inputs that the object was last made or changed from. */
  readonly inputs: Manifest;
  /** The object as the API server last gave it. */
  readonly live: Manifest;
  /** apiVersion that it was made with. */
  readonly initialApiVersion: string;
  /** Name under which the provider owns its fields; undefined in a state that does not say. */
  readonly fieldManager: string | undefined;
}

// TypeScript has no dashes in property names, so the SDK's types spell these with underscores.
const dashedKeys: Readonly<Record<string, string>> = {
  x_kubernetes_embedded_resource: "x-kubernetes-embedded-resource",
  x_kubernetes_int_or_string: "x-kubernetes-int-or-string",
  x_kubernetes_list_map_keys: "x-kubernetes-list-map-keys",
  x_kubernetes_list_type: "x-kubernetes-list-type",
  x_kubernetes_map_type: "x-kubernetes-map-type",
  x_kubernetes_preserve_unknown_fields: "x-kubernetes-preserve-unknown-fields",
  x_kubernetes_validations: "x-kubernetes-validations",
};
const underscoredKeys = Object.fromEntries(Object.entries(dashedKeys).map(([sdk, api]) => [api, sdk]));

/** The object that properties of the engine stand for: secrets unwrapped, keys as the API server spells them. */
export function toManifest(properties: PropertyMap): Manifest {
  return withKeys(propertiesWithoutSecrets(properties), dashedKeys);
}

/** Reads what the state keeps. */
export function readCheckpoint(state: PropertyMap): Checkpoint {
  const { [inputsKey]: inputs, [apiVersionKey]: apiVersion, [fieldManagerKey]: manager, ...live } = toManifest(state);
  const oldInputs = isPropertyMap(inputs) ? inputs : {};
  return {
    inputs: oldInputs,
    live,
    initialApiVersion: typeof apiVersion === "string" ? apiVersion : apiVersionOf(oldInputs),
    fieldManager: typeof manager === "string" ? manager : undefined,
  };
}

/**
 * Writes what the state keeps.
 * @param secretsFrom properties whose secret parts are secret in the result as well
 */
export function writeCheckpoint(checkpoint: Checkpoint, secretsFrom: PropertyMap): PropertyMap {
  return {
    ...withSecretsOf(withKeys(checkpoint.live, underscoredKeys), secretsFrom),
    [inputsKey]: withSecretsOf(withKeys(checkpoint.inputs, underscoredKeys), secretsFrom),
    [apiVersionKey]: checkpoint.initialApiVersion,
    ...(checkpoint.fieldManager === undefined ? {} : { [fieldManagerKey]: checkpoint.fieldManager }),
  };
}

/**
 * Marks as secret what is secret in `source`, and all data of a Secret. Objects are gone into; a list with a secret in it
 * becomes secret as a whole, because its items may have another order on the other side.
 */
export function withSecretsOf(properties: PropertyMap, source: PropertyMap): PropertyMap {
  if (kindOf(properties) === "Secret") {
    return mapValues(properties, (value, key) => (key === "data" || key === "stringData" ? asSecret(value) : value));
  }
  return mapValues(properties, (value, key) => {
    const origin = source[key];
    if (isPropertyMap(value) && isPropertyMap(origin)) {
      return withSecretsOf(value, origin);
    }
    return origin !== undefined && !(value instanceof Secret) && containsSecret(origin) ? new Secret(value) : value;
  });
}

function mapValues(properties: PropertyMap, change: (value: PropertyValue, key: string) => PropertyValue): PropertyMap {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, change(value, key)]));
}

function withKeys(properties: PropertyMap, keys: Readonly<Record<string, string>>): PropertyMap {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [keys[key] ?? key, withKeysInside(value, keys)]),
  );
}

function withKeysInside(value: PropertyValue, keys: Readonly<Record<string, string>>): PropertyValue {
  if (isPropertyList(value)) {
    return value.map((item) => withKeysInside(item, keys));
  }
  return isPropertyMap(value) ? withKeys(value, keys) : value;
}
