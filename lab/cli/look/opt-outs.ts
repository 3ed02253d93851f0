import { describeObject, type ObjectName } from "../../../infra/core/made";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessCluster } from "../../program/outputs";
import type { ExpectedObject } from "./expected";
import type { FoundObject, PodTemplate } from "./found-object";
import { keyOf } from "./objects";
import { asksForSidecar, INJECT, refusesSidecar } from "./sidecars";

/** A workload of the lab whose pods the user has taken out of the mesh. It stays so: it may be a lesson. */
export interface OptOut {
  readonly cluster: AccessCluster;
  readonly object: ObjectName;
  /** What is wrong, for people, e.g. `Deployment a/b refuses its sidecar by the label sidecar.istio.io/inject=false`. */
  readonly what: string;
  /** The command that takes it back, for any shell. */
  readonly run: string;
}

/**
 * Tells which Deployments of the lab have been told to refuse the sidecar that their namespace asks for.
 * @param there what is in the cluster, by its keys
 */
export function optOuts(
  cluster: AccessCluster,
  there: ReadonlyMap<string, FoundObject>,
  made: readonly Pick<ExpectedObject, "object" | "isResource" | "refusesSidecar">[],
): readonly OptOut[] {
  // What istioctl makes says by itself what it wants.
  const own = made.filter(
    (one) => one.object.kind === "Deployment" && one.isResource === true && one.refusesSidecar !== true,
  );
  return own.flatMap(({ object }) => {
    const template = there.get(keyOf(object))?.spec?.template ?? {};
    const namespace = there.get(keyOf({ kind: "Namespace", name: object.namespace ?? "default" }));
    const isAsked = asksForSidecar({}, namespace?.metadata.labels ?? {});
    return isAsked && refusesSidecar(template) ? [optOut(cluster, object, template)] : [];
  });
}

function optOut(cluster: AccessCluster, object: ObjectName, { metadata }: PodTemplate): OptOut {
  const { namespace = "default", name } = object;
  const kind = metadata?.labels?.[INJECT] === undefined ? "annotation" : "label";
  const value = metadata?.[`${kind}s`]?.[INJECT] ?? "";
  const patch = { spec: { template: { metadata: { [`${kind}s`]: { [INJECT]: null } } } } };
  return {
    ...{ cluster, object },
    what: `${describeObject(object)} refuses its sidecar by the ${kind} ${INJECT}=${value}`,
    run: `kubectl --kubeconfig ${shellQuote(cluster.kubeconfigFile)} --namespace ${shellQuote(namespace)} patch deployment ${shellQuote(name)} --patch ${shellQuote(JSON.stringify(patch))}`,
  };
}
