/** A property as the engine sends it: JSON, in which an object with the signature key is a secret or a file. */
export type Property = null | boolean | number | string | Property[] | Properties;

/** A resource's inputs, its state, or an object within them. */
export interface Properties {
  [name: string]: Property;
}

/** The key whose value says what an object is. The SDK's own names for all of these load the whole SDK. */
export const signatureKey = "4dabf18193072939515e22adb298388d";

/** What the signature key says of a value that is encrypted in the state and never shown. */
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** What the signature key says of a file. */
export const assetSignature = "c44067f5952c0a294b673a41bacd8c17";

/** What stands for a value that a preview does not know yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a property is an object. */
export function isObject(value: Property | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A property wrapped as secret, once. */
export function secret(value: Property): Properties {
  return isSecret(value) ? value : { [signatureKey]: secretSignature, value };
}

/** A property without the wrappers of secrets, at every depth. */
export function withoutSecrets(value: Property): Property {
  if (Array.isArray(value)) {
    return value.map(withoutSecrets);
  }
  if (!isObject(value)) {
    return value;
  }
  return isSecret(value) ? withoutSecrets(value["value"] ?? null) : plain(value);
}

/** Properties without the wrappers of secrets, at every depth. */
export function plain(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, withoutSecrets(value)]));
}

function isSecret(value: Property): value is Properties {
  return isObject(value) && value[signatureKey] === secretSignature;
}
