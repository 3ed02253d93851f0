import { ask } from "../../../infra/core/child";
import { DEFINITION, type ObjectName } from "../../../infra/core/made";
import { UserError } from "../ui/user-error";
import type { FoundObject } from "./found-object";

/** Seconds that an API server may take for the list of one kind. */
const REQUEST_SECONDS = 10;

/** kubectl's words for a kind that a cluster does not know: those of a fresh list of kinds, and those of one that kubectl has kept. */
const UNKNOWN_KIND = /have a resource type|the server could not find the requested resource/;

/**
 * Lists a cluster's objects of some kinds; those that are being deleted count as gone.
 * @see listEverything for the rest
 */
export async function listObjects(...given: Parameters<typeof listEverything>): Promise<readonly FoundObject[]> {
  return (await listEverything(...given)).filter(isStanding);
}

/**
 * Lists a cluster's objects of some kinds, also those that are being deleted. One call for all kinds takes 0.2 s; one of them that the
 * cluster does not know fails it, and then each is asked for by itself.
 * @param kubeconfigFile absolute path
 * @param kinds as `resourceOf` names them
 * @param options of `kubectl get`. Default: none
 * @throws UserError if the cluster does not answer
 */
export async function listEverything(
  kubeconfigFile: string,
  kinds: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: readonly string[] = [],
): Promise<readonly FoundObject[]> {
  const words = ["get", kinds.join(","), "--all-namespaces", "--output", "json", ...options];
  const { ok, stdout, said } = await askCluster(kubeconfigFile, words, env);
  if (ok) {
    const { items } = JSON.parse(stdout) as { readonly items: readonly FoundObject[] };
    return items;
  }
  if (!UNKNOWN_KIND.test(said)) {
    throw silence(said);
  }
  if (kinds.length === 1) {
    return [];
  }
  return (await Promise.all(kinds.map((kind) => listEverything(kubeconfigFile, [kind], env, options)))).flat();
}

/**
 * Lists the names of a cluster's definitions of kinds. As objects they are 2 MB, and as lines of a table 2 kB.
 * @throws UserError if the cluster does not answer
 */
export async function listDefinitions(
  kubeconfigFile: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly FoundObject[]> {
  const words = ["get", resourceOf(DEFINITION), "--no-headers"];
  const { ok, stdout, said } = await askCluster(kubeconfigFile, words, env);
  if (!ok) {
    throw silence(said);
  }
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => ({ kind: DEFINITION.kind, metadata: { name: line.split(/\s/)[0] ?? "" } }));
}

async function askCluster(
  kubeconfigFile: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) {
  const where = ["--kubeconfig", kubeconfigFile, "--request-timeout", `${String(REQUEST_SECONDS)}s`];
  const options = { env, timeoutMilliseconds: 60_000 };
  const { ok, stdout, stderr, startProblem } = await ask("kubectl", [...where, ...words], options);
  return { ok, stdout, said: startProblem ?? stderr };
}

function silence(said: string): UserError {
  const last = said.trim().split("\n").at(-1) ?? "";
  return new UserError(`kubectl: ${last === "" ? "no answer for 60 s" : last}`);
}

/** How kubectl names a kind of one version: `Deployment.v1.apps`, `Service.v1.`. */
export function resourceOf({ apiVersion, kind }: Pick<ObjectName, "apiVersion" | "kind">): string {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return `${kind}.${version}.${group}`;
}

/** Whether an object is not being deleted. */
export function isStanding({ metadata }: FoundObject): boolean {
  return metadata.deletionTimestamp === undefined;
}

/** Found objects by their keys. */
export function byKey(found: readonly FoundObject[]): ReadonlyMap<string, FoundObject> {
  return new Map(found.map((one) => [keyOf({ kind: one.kind, ...one.metadata }), one]));
}

/** Tells an object from all others of its cluster. Objects of the namespace `default` may be written without it. */
export function keyOf({ kind, namespace, name }: Pick<ObjectName, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace === "default" ? "" : (namespace ?? "")}/${name}`;
}
