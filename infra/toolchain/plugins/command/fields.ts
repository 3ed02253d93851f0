/** What a field of a resource's inputs may hold; the names are those that the official provider's messages use. */
export type FieldType =
  | "string"
  | "bool"
  | "float64"
  | "int"
  | "[]string"
  | "[]interface {}"
  | "map[string]string"
  | "types.AssetOrArchive"
  | ObjectType;

/** A nested object with fields of its own. */
export interface ObjectType {
  /** Name in messages, e.g. `remote.Connection`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
}

/** One field of inputs. */
export interface Field {
  readonly type: FieldType;
  readonly required?: boolean;
  /** Marked secret in the state whatever the program says. */
  readonly secret?: boolean;
  /** Filled in where the program gives nothing. */
  readonly default?: string | number;
}

const lifecycle: ObjectType["fields"] = {
  triggers: { type: "[]interface {}" },
  create: { type: "string" },
  update: { type: "string" },
  delete: { type: "string" },
};

const localBase: ObjectType["fields"] = {
  stdin: { type: "string" },
  logging: { type: "string" },
  interpreter: { type: "[]string" },
  dir: { type: "string" },
  environment: { type: "map[string]string" },
  assetPaths: { type: "[]string" },
  archivePaths: { type: "[]string" },
  addPreviousOutputInEnv: { type: "bool" },
};

const endpoint: ObjectType["fields"] = {
  user: { type: "string", default: "root" },
  password: { type: "string", secret: true },
  host: { type: "string", required: true },
  port: { type: "float64", default: 22 },
  privateKey: { type: "string", secret: true },
  privateKeyPassword: { type: "string", secret: true },
  agentSocketPath: { type: "string" },
  dialErrorLimit: { type: "int", default: 10 },
  perDialTimeout: { type: "int", default: 15 },
  hostKey: { type: "string" },
};

const connection: ObjectType = {
  name: "remote.Connection",
  fields: { ...endpoint, proxy: { type: { name: "remote.ProxyConnection", fields: endpoint } } },
};

/** Inputs of `command:local:Command`. */
export const localCommandInputs: ObjectType = {
  name: "local.CommandInputs",
  fields: { ...lifecycle, ...localBase },
};

/** Arguments of the function `command:local:run`. */
export const localRunArguments: ObjectType = {
  name: "local.RunInputs",
  fields: { ...localBase, command: { type: "string", required: true } },
};

/** Inputs of `command:remote:Command`. */
export const remoteCommandInputs: ObjectType = {
  name: "remote.CommandInputs",
  fields: {
    ...lifecycle,
    stdin: { type: "string" },
    logging: { type: "string" },
    connection: { type: connection, required: true, secret: true },
    environment: { type: "map[string]string" },
    addPreviousOutputInEnv: { type: "bool" },
  },
};

/** Inputs of `command:remote:CopyToRemote`. */
export const copyToRemoteInputs: ObjectType = {
  name: "remote.CopyToRemoteInputs",
  fields: {
    connection: { type: connection, required: true, secret: true },
    triggers: { type: "[]interface {}" },
    source: { type: "types.AssetOrArchive", required: true },
    remotePath: { type: "string", required: true },
  },
};
