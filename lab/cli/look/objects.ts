import { ask } from "../../../infra/core/child";
import type { ObjectName } from "../../../infra/core/made";
import { UserError } from "../user-error";

/** Seconds that an API server may take for the list of one kind. */
const REQUEST_SECONDS = 10;

/** What `kubectl get --output json` prints, as far as it is read. */
interface List {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly deletionTimestamp?: string };
  }[];
}

/**
 * Tells which of some objects a cluster does not have. One that is being deleted counts as gone.
 * @param kubeconfigFile absolute path
 * @throws UserError if the cluster does not answer
 */
export async function missingObjects<T extends { readonly object: ObjectName }>(
  kubeconfigFile: string,
  wanted: readonly T[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly T[]> {
  const kinds = [...new Set(wanted.map(({ object }) => resourceOf(object)))];
  const there = await listAll(kubeconfigFile, kinds, env);
  return wanted.filter(({ object }) => !there.has(keyOf(object)));
}

/** One call for all kinds takes 0.2 s; one of them that the cluster does not know fails it, and then each is asked for by itself. */
async function listAll(
  kubeconfigFile: string,
  kinds: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlySet<string>> {
  if (kinds.length === 0) {
    return new Set();
  }
  const where = ["--kubeconfig", kubeconfigFile, "--request-timeout", `${String(REQUEST_SECONDS)}s`];
  const words = [...where, "get", kinds.join(","), "--all-namespaces", "--output", "json"];
  const { ok, stdout, stderr, startProblem } = await ask("kubectl", words, { env, timeoutMilliseconds: 60_000 });
  if (ok) {
    const { items } = JSON.parse(stdout) as List;
    const standing = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return new Set(standing.map(({ kind, metadata }) => keyOf({ kind, ...metadata })));
  }
  if (!stderr.includes("have a resource type")) {
    throw new UserError(`kubectl: ${startProblem ?? stderr.trim().split("\n").at(-1) ?? ""}`);
  }
  if (kinds.length === 1) {
    return new Set();
  }
  const lists = await Promise.all(kinds.map((kind) => listAll(kubeconfigFile, [kind], env)));
  return new Set(lists.flatMap((found) => [...found]));
}

/** How kubectl names a kind of one version: `Deployment.v1.apps`, `Service.v1.`. */
function resourceOf({ apiVersion, kind }: ObjectName): string {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return `${kind}.${version}.${group}`;
}

/** Objects of the namespace `default` may be written without it. */
function keyOf({ kind, namespace, name }: Pick<ObjectName, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace === "default" ? "" : (namespace ?? "")}/${name}`;
}
