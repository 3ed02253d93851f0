import type { ObjectName } from "../../../infra/core/made";
import type { FoundObject, PodTemplate } from "./found-object";
import { byKey, keyOf } from "./objects";

/** Why pods have to be recreated: Istio puts a sidecar into new pods only, and a sidecar keeps its certificate for a day. */
export type OutdatedReason = "no sidecar" | "certificates of an earlier root";

/** Istio's name of the container, in gateways, too. */
const SIDECAR = "istio-proxy";

/** By this label or annotation a pod says whether it wants a sidecar. */
export const INJECT = "sidecar.istio.io/inject";

/** The label by which a namespace asks for sidecars, and the one by which a namespace or a pod asks those of an istiod by its revision or tag. */
export const [INJECTION, REVISION] = ["istio-injection", "istio.io/rev"] as const;

/** When the data of a ConfigMap last changed, in milliseconds since 1970; -Infinity if that is not told. It must be listed with its managed fields. */
export function changeTime({ metadata: { managedFields = [] } }: FoundObject): number {
  const times = managedFields
    .filter(({ fieldsV1 }) => fieldsV1?.["f:data"] !== undefined)
    .map(({ time }) => time ?? "");
  return Math.max(...times.map((time) => Date.parse(time)).filter(Number.isFinite));
}

/**
 * Tells why the pods of a workload have to be recreated.
 * @param object a Deployment or a Pod
 * @param found the Deployments, Pods and Namespaces of its cluster
 * @param rootTime when the mesh got its root certificate, in milliseconds since 1970
 * @returns undefined if they are as they should be, or if the workload is gone
 */
export function outdatedReason(
  object: ObjectName,
  found: readonly FoundObject[],
  rootTime: number,
): OutdatedReason | undefined {
  const there = byKey(found);
  const workload = there.get(keyOf(object));
  const template = object.kind === "Pod" ? (workload as PodTemplate | undefined) : workload?.spec?.template;
  if (workload === undefined || template === undefined) {
    return undefined;
  }
  const all = object.kind === "Pod" ? [workload] : found.filter((one) => isPodOf(workload, one));
  // Kubernetes keeps pods that it has evicted.
  const pods = all.filter(({ status }) => status?.phase !== "Failed" && status?.phase !== "Succeeded");
  const namespace = there.get(keyOf({ kind: "Namespace", name: object.namespace ?? "default" }));
  if (asksForSidecar(template, namespace?.metadata.labels ?? {}) && !pods.every(hasSidecar)) {
    return "no sidecar";
  }
  return pods.some((pod) => startTime(pod) < rootTime) ? "certificates of an earlier root" : undefined;
}

/** Kubernetes names a Deployment's ReplicaSet after it and the hash of its template, which the pods carry as a label. */
function isPodOf({ metadata: { name, namespace } }: FoundObject, { kind, metadata }: FoundObject): boolean {
  const replicaSet = `${name}-${metadata.labels?.["pod-template-hash"] ?? ""}`;
  const owners = metadata.ownerReferences ?? [];
  return kind === "Pod" && metadata.namespace === namespace && owners.some((owner) => owner.name === replicaSet);
}

/** As Istio decides: the pod's own word, its label before its annotation, counts more than the namespace's, unless that says `disabled`. */
export function asksForSidecar(
  { metadata, spec }: PodTemplate,
  namespaceLabels: Readonly<Record<string, string>>,
): boolean {
  const namespaceSays = namespaceLabels[INJECTION];
  const revision = namespaceLabels[REVISION] ?? metadata?.labels?.[REVISION];
  const podAsks = revision !== undefined || metadata?.labels?.[INJECT] === "true";
  const isAsked = namespaceSays === "enabled" || (namespaceSays === undefined && podAsks);
  return isAsked && spec?.hostNetwork !== true && !refusesSidecar({ ...(metadata ? { metadata } : {}) });
}

/** Whether a pod says that it wants no sidecar. */
export function refusesSidecar({ metadata }: Pick<PodTemplate, "metadata">): boolean {
  const podSays = metadata?.labels?.[INJECT] ?? metadata?.annotations?.[INJECT] ?? "true";
  return !["y", "yes", "true", "on"].includes(podSays.toLowerCase());
}

/** Newer versions of Istio put it among the init containers. */
function hasSidecar({ spec }: FoundObject): boolean {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(({ name }) => name === SIDECAR);
}

/** When the sidecar or gateway was started, in milliseconds since 1970. NaN if the pod has none that runs. */
function startTime({ status }: FoundObject): number {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return Date.parse(statuses.find(({ name }) => name === SIDECAR)?.state?.running?.startedAt ?? "");
}
