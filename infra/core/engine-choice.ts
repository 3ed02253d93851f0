import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
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
 * settings.
 * @returns undefined if docker takes its default
 */
export function chosenEngine(env: Environment): EngineChoice | undefined {
  const host = env["DOCKER_HOST"];
  if (host) {
    const name = `the Docker engine at DOCKER_HOST=${host}`;
    return { name, engine: name, remedy: "unset DOCKER_HOST" };
  }
  const named = said(env, "DOCKER_CONTEXT");
  const context = named ?? currentContext(env);
  if (context === undefined || context === "default") {
    return undefined;
  }
  const name = `the Docker context "${context}"`;
  return {
    name,
    engine: `the engine of ${name}`,
    remedy: named ? "unset DOCKER_CONTEXT" : "run: docker context use default",
  };
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
  try {
    const file = join(dockerFolder(env), "config.json");
    const { currentContext: context } = JSON.parse(readFileSync(file, "utf8")) as { currentContext?: unknown };
    return typeof context === "string" && context !== "" ? context : undefined;
  } catch {
    return undefined;
  }
}
