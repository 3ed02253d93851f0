import { assetSignature, isObject, signatureKey, unknown, withoutSecrets } from "./properties";
import type { Properties, Property } from "./properties";

/** One argument that labs use. */
interface Argument {
  /** What labs give, for messages. */
  readonly is: string;
  readonly holds: (value: Property) => boolean;
  readonly isOptional?: true;
  /** Arguments of the object that it is. */
  readonly fields?: Arguments;
}

/** The arguments of a resource by name. */
export type Arguments = Readonly<Record<string, Argument>>;

const isText = (value: Property): value is string => typeof value === "string";
const text: Argument = { is: "a string", holds: isText };
const number: Argument = { is: "a number", holds: (value) => typeof value === "number" };
const exactly = (wanted: Property): Argument => ({ is: JSON.stringify(wanted), holds: (value) => value === wanted });
const optional = (argument: Argument): Argument => ({ ...argument, isOptional: true });

const triggers = optional({ is: "a list", holds: (value) => Array.isArray(value) });
const file: Argument = {
  is: "a FileAsset",
  holds: (value) => isObject(value) && value[signatureKey] === assetSignature && isText(value["path"] ?? null),
};
const connection: Argument = {
  is: "a connection",
  holds: isObject,
  fields: {
    host: text,
    port: number,
    user: text,
    privateKey: text,
    hostKey: text,
    dialErrorLimit: number,
    perDialTimeout: number,
  },
};

/** Both have a default in the official provider that labs do not want: they have to be turned off. */
const turnedOff: Arguments = { addPreviousOutputInEnv: exactly(false), logging: exactly("none") };

/** Arguments of `command:local:Command`. */
export const localArguments: Arguments = {
  create: text,
  delete: optional(text),
  interpreter: {
    is: "a list of strings",
    holds: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  },
  environment: optional({
    is: "an object of strings",
    holds: (value) => isObject(value) && Object.values(value).every(isText),
  }),
  stdin: optional(text),
  triggers,
  ...turnedOff,
};

/** Arguments of `command:remote:Command`. */
export const remoteArguments: Arguments = { connection, create: text, stdin: optional(text), triggers, ...turnedOff };

/** Arguments of `command:remote:CopyToRemote`. */
export const copyArguments: Arguments = { connection, source: file, remotePath: text, triggers };

/**
 * What of a resource's inputs this provider does not serve, each in a sentence of one line. Whatever it does not name is served as the official
 * provider does. Unknown values pass.
 */
export function notServed(inputs: Properties, served: Arguments, path = ""): string[] {
  const strange = Object.keys(inputs)
    .filter((name) => served[name] === undefined)
    .map((name) => sentence(path + name, Object.keys(served).join(", ")));
  const wrong = Object.entries(served).flatMap(([name, argument]) => {
    const value = withoutSecrets(inputs[name] ?? null);
    if (value === unknown || (value === null && argument.isOptional)) {
      return [];
    }
    if (!argument.holds(value)) {
      const given = value === null ? `A resource without ${path}${name}` : `What ${path}${name} is given`;
      return [sentence(given, argument.is)];
    }
    return argument.fields && isObject(value) ? notServed(value, argument.fields, `${path}${name}.`) : [];
  });
  return [...strange, ...wrong];
}

function sentence(what: string, labsUse: string): string {
  return `${what} is not served by istio-lab's command provider; labs use ${labsUse}`;
}
