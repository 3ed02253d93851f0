import { join, resolve } from "node:path";
import { readJson } from "./json";
import { homeFolder, type Environment } from "./paths";

/** An engine that the user has named, so it is not ours to start or to change. */
export interface EngineChoice {
  /** What is asked, as messages call it, e.g. `the Docker context "colima"`. */
  readonly name: string;
  /** What answers, e.g. `the engine of the Docker context "colima"`. */
  readonly engine: string;
  /** How to mean the engine of this machine again. */
  readonly remedy: string;
}

/**
 * The engine that the user has named, in the order in which docker looks: DOCKER_HOST, DOCKER_CONTEXT, `currentContext` in docker's
 * settings. With TLS, docker's default is not the socket of this machine but a port.
 * @returns undefined if docker takes the socket of this machine
 */
export function chosenEngine(env: Environment): EngineChoice | undefined {
  const tls = tlsVariables(env);
  const host = env["DOCKER_HOST"];
  if (host) {
    const name = `the Docker engine at DOCKER_HOST=${host}`;
    return { name, engine: name, remedy: unset("DOCKER_HOST", ...tls) };
  }
  const named = said(env, "DOCKER_CONTEXT");
  const context = named ?? currentContext(env);
  if (context === undefined || context === "default") {
    const name = `the Docker engine at ${DEFAULT_TLS_HOST}, which ${tls.join(" and ")} means without a DOCKER_HOST`;
    return tls.length === 0 ? undefined : { name, engine: name, remedy: unset(...tls) };
  }
  const name = `the Docker context "${context}"`;
  return {
    name,
    engine: `the engine of ${name}`,
    remedy: named ? unset("DOCKER_CONTEXT", ...tls) : "run: docker context use default",
  };
}

/** Where docker looks for an engine if TLS is wanted and no engine is named. */
const DEFAULT_TLS_HOST = "tcp://localhost:2376";

/** The variables that have docker speak TLS: those that are set to anything. */
export function tlsVariables(env: Environment): readonly string[] {
  return ["DOCKER_TLS_VERIFY", "DOCKER_TLS"].filter((variable) => said(env, variable) !== undefined);
}

function unset(...variables: readonly string[]): string {
  return `unset ${variables.join(" ")}`;
}

/** Docker's settings folder: an absolute path; `DOCKER_CONFIG`, else `~/.docker`. */
export function dockerFolder(env: Environment): string {
  return resolve(said(env, "DOCKER_CONFIG") ?? join(homeFolder(env), ".docker"));
}

/** An empty variable counts as not set. */
function said(env: Environment, variable: string): string | undefined {
  return env[variable] === "" ? undefined : env[variable];
}

/**
 * The context that docker's settings name.
 * @returns undefined if the file is missing, damaged or names none: docker, too, then takes its default
 */
export function currentContext(env: Environment): string | undefined {
  const context = dockerSettings(env)["currentContext"];
  return typeof context === "string" && context !== "" ? context : undefined;
}

/** What docker's settings file says; nothing if it is missing or damaged. */
export function dockerSettings(env: Environment): Readonly<Record<string, unknown>> {
  return Object(readJson(join(dockerFolder(env), "config.json"))) as Record<string, unknown>;
}
