import { isPropertyMap, type PropertyMap } from "../../rpc/property-value";

/** Where and as whom to log in. */
export interface Endpoint {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly password: string | undefined;
  readonly privateKey: string | undefined;
  readonly privateKeyPassword: string | undefined;
  /** Default: the one of SSH_AUTH_SOCK; undefined where there is none. */
  readonly agentSocketPath: string | undefined;
  /** Failed attempts that are allowed; -1: any number. */
  readonly dialErrorLimit: number;
  /** Seconds an attempt may take; 0: any time. */
  readonly perDialTimeout: number;
  /** Public key line of the server; undefined: any key is taken. */
  readonly hostKey: string | undefined;
}

/** A server, and the one to go through, where there is one. */
export interface Connection extends Endpoint {
  readonly proxy: Endpoint | undefined;
}

/**
 * Reads the `connection` input.
 * @param properties checked inputs or state, without Secret wrappers
 */
export function readConnection(properties: PropertyMap, env: NodeJS.ProcessEnv = process.env): Connection {
  const connection = isPropertyMap(properties["connection"]) ? properties["connection"] : {};
  const proxy = connection["proxy"];
  return { ...endpoint(connection, env), proxy: isPropertyMap(proxy) ? endpoint(proxy, env) : undefined };
}

function endpoint(properties: PropertyMap, env: NodeJS.ProcessEnv): Endpoint {
  const text = (name: string): string | undefined => {
    const value = properties[name];
    return typeof value === "string" ? value : undefined;
  };
  const number = (name: string, otherwise: number): number => {
    const value = properties[name];
    return typeof value === "number" ? Math.trunc(value) : otherwise;
  };
  return {
    user: text("user") ?? "root",
    host: text("host") ?? "",
    port: number("port", 22),
    password: text("password"),
    privateKey: text("privateKey"),
    privateKeyPassword: text("privateKeyPassword"),
    agentSocketPath: text("agentSocketPath") ?? givenText(env["SSH_AUTH_SOCK"]),
    dialErrorLimit: number("dialErrorLimit", 10),
    perDialTimeout: number("perDialTimeout", 15),
    hostKey: text("hostKey"),
  };
}

function givenText(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
