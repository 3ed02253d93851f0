import { ask } from "../../../infra/core/child";
import type { ObjectName } from "../../../infra/core/made";
import { UserError } from "../user-error";

/** Seconds that an API server may take for the list of one kind. */
const REQUEST_SECONDS = 10;

/** An object of a cluster as `kubectl get --output json` prints it, as far as it is read. */
export interface FoundObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
    readonly generation?: number;
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
  readonly spec?: {
    readonly replicas?: number;
    readonly ports?: readonly { readonly nodePort?: number }[];
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly availableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** kubectl's words for a kind that a cluster does not know: those of a fresh list of kinds, and those of one that kubectl has kept. */
const UNKNOWN_KIND = /have a resource type|the server could not find the requested resource/;

/**
 * Lists a cluster's objects of some kinds; those that are being deleted count as gone. One call for all kinds takes 0.2 s; one of them that the
 * cluster does not know fails it, and then each is asked for by itself.
 * @param kubeconfigFile absolute path
 * @param kinds as `resourceOf` names them
 * @param options of `kubectl get`. Default: none
 * @throws UserError if the cluster does not answer
 */
export async function listObjects(
  kubeconfigFile: string,
  kinds: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: readonly string[] = [],
): Promise<readonly FoundObject[]> {
  const where = ["--kubeconfig", kubeconfigFile, "--request-timeout", `${String(REQUEST_SECONDS)}s`];
  const words = [...where, "get", kinds.join(","), "--all-namespaces", "--output", "json", ...options];
  const { ok, stdout, stderr, startProblem } = await ask("kubectl", words, { env, timeoutMilliseconds: 60_000 });
  if (ok) {
    const { items } = JSON.parse(stdout) as { readonly items: readonly FoundObject[] };
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }
  if (!UNKNOWN_KIND.test(stderr)) {
    const said = startProblem ?? stderr.trim().split("\n").at(-1) ?? "";
    throw new UserError(`kubectl: ${said || "no answer for 60 s"}`);
  }
  if (kinds.length === 1) {
    return [];
  }
  return (await Promise.all(kinds.map((kind) => listObjects(kubeconfigFile, [kind], env, options)))).flat();
}

/** How kubectl names a kind of one version: `Deployment.v1.apps`, `Service.v1.`. */
export function resourceOf({ apiVersion, kind }: Pick<ObjectName, "apiVersion" | "kind">): string {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return `${kind}.${version}.${group}`;
}

/** Found objects by their keys. */
export function byKey(found: readonly FoundObject[]): ReadonlyMap<string, FoundObject> {
  return new Map(found.map((one) => [keyOf({ kind: one.kind, ...one.metadata }), one]));
}

/** Tells an object from all others of its cluster. Objects of the namespace `default` may be written without it. */
export function keyOf({ kind, namespace, name }: Pick<ObjectName, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace === "default" ? "" : (namespace ?? "")}/${name}`;
}
