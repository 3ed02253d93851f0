import { describeObject, PULUMI_MANAGER, type ObjectName } from "../../../infra/core/made";
import type { AccessCluster } from "../../program/outputs";
import type { ExpectedObject } from "./expected";
import type { FoundObject } from "./found-object";
import { keyOf } from "./objects";

/** An object of the user's that has the name of one of the lab's, or a node port of one, which is therefore gone. */
export interface Taken {
  readonly cluster: AccessCluster;
  readonly object: ObjectName;
  /** What it holds, e.g. `node port 30000 of Service istio-system/istio-ingressgateway`. Default: the name. */
  readonly holds?: string;
}

/** How those who make objects for the lab begin their names among the managers of an object's fields: Pulumi, istioctl and kubeadm. */
const MAKERS = [PULUMI_MANAGER, "istio-operator", "istioctl", "kubeadm"] as const;

/** What of the objects that the lab's tools make, e.g. istioctl, repairs change. Others have controllers that write into them. */
export const TOOLS_KINDS: readonly string[] = ["Deployment", "DaemonSet", "Service"];

/**
 * Tells whether somebody else has made an object: others manage its fields, and none of the lab's makers does. One that the user has edited, scaled or
 * restarted stays the lab's. Nobody manages a field of a namespace that was applied with its name alone. It must be listed with its managed fields.
 */
export function isStrangers({ metadata: { managedFields = [] } }: FoundObject): boolean {
  return (
    managedFields.length > 0 &&
    !managedFields.some(({ manager = "" }) => MAKERS.some((maker) => manager.startsWith(maker)))
  );
}

/** Who else changes workloads without a wish of the user's: Kubernetes itself, and `kubectl rollout restart`, which changes no setting. */
const RUNNERS: readonly string[] = ["kube-controller-manager", "kubelet", "kubectl-rollout"];

/**
 * Tells by what programs the user has edited an object of the lab's, e.g. `kubectl-edit`; to scale it is no edit. It must be listed with its managed fields.
 * @param isResource whether a resource of its own makes it
 */
export function editorsOf({ metadata: { managedFields = [] } }: FoundObject, isResource: boolean): readonly string[] {
  const edits = managedFields.filter(
    ({ manager = "", operation, subresource }) =>
      subresource === undefined &&
      !RUNNERS.includes(manager) &&
      !MAKERS.some((maker) => manager.startsWith(maker)) &&
      // MetalLB comes by the lab's own `kubectl apply --server-side`.
      (isResource || manager !== "kubectl" || operation !== "Apply"),
  );
  return [...new Set(edits.map(({ manager = "" }) => manager))];
}

/**
 * Tells whether what is found under the name of one of the lab's objects is the user's. A Secret never is: a custom CA in `cacerts` is a
 * lesson, and no repair changes a Secret.
 */
export function isTaken(
  { object, uid, isResource }: Pick<ExpectedObject, "object" | "uid" | "isResource">,
  found: FoundObject,
): boolean {
  // A field that somebody else changes is not Pulumi's any more, and may have been its only one.
  if (object.kind === "Secret" || (uid !== undefined && uid === found.metadata.uid)) {
    return false;
  }
  // An edit may take away all that the lab's makers manage of a small object, e.g. of MetalLB's pool.
  if (isResource !== true && !TOOLS_KINDS.includes(object.kind)) {
    return false;
  }
  // MetalLB comes by the lab's own `kubectl apply --server-side`.
  const isApplied = (found.metadata.managedFields ?? []).some(
    ({ manager, operation }) => manager === "kubectl" && operation === "Apply",
  );
  return isStrangers(found) && (isResource === true || !isApplied);
}

/**
 * Tells which Services of the user's have a node port that a Service of the lab's had: that one cannot be recreated then.
 * @param there what is in the cluster, by its keys
 */
export function heldPorts(
  cluster: AccessCluster,
  there: ReadonlyMap<string, FoundObject>,
  made: readonly Pick<ExpectedObject, "object" | "nodePorts">[],
): readonly Taken[] {
  const services = [...there.values()].filter(({ kind }) => kind === "Service");
  return made.flatMap(({ object, nodePorts = [] }) =>
    nodePorts.flatMap((port) => {
      const holder = services.find(({ spec }) => spec?.ports?.some(({ nodePort }) => nodePort === port));
      if (holder === undefined || keyOf({ kind: "Service", ...holder.metadata }) === keyOf(object)) {
        return [];
      }
      const { name, namespace = "default" } = holder.metadata;
      const own = { apiVersion: "v1", kind: "Service", namespace, name };
      return [{ cluster, object: own, holds: `node port ${port} of ${describeObject(object)}` }];
    }),
  );
}

/** `Deployment istioinaction/catalog is yours, and the lab's of that name is gone; delete or rename yours` */
export function describeTaken({ object, holds }: Pick<Taken, "object" | "holds">): string {
  return holds === undefined
    ? `${describeObject(object)} is yours, and the lab's of that name is gone; delete or rename yours`
    : `${describeObject(object)} is yours and holds ${holds}; delete it or give it another port`;
}
