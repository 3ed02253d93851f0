import { describeObject, type ObjectName } from "../../../infra/core/made";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessCluster } from "../../program/outputs";
import type { ExpectedObject } from "./expected";
import { labelTrouble } from "./labels";
import { nodeTroubles } from "./nodes";
import type { FoundObject } from "./found-object";
import { keyOf } from "./objects";
import { editorsOf } from "./users";

/** Something in a cluster that is there, and is not as the lab made it or does not run. */
export interface Trouble {
  readonly cluster: AccessCluster;
  readonly object: ObjectName;
  /** What is wrong, for people, e.g. `Deployment istioinaction/webapp is scaled to 0 of 1 replicas`. */
  readonly what: string;
  /** What is right, e.g. `1 replica available`. */
  readonly wanted: string;
  /** The resource that recreates it; absent for what the cluster has made itself. */
  readonly urn?: string;
  /** The programs by which the user has edited it: recreated, it would lose that. Absent or empty: none. */
  readonly editors?: readonly string[];
  /** The cluster refuses its pods, as a quota does: recreated, it would be refused again. */
  readonly isRefused?: boolean;
  /** Puts back what somebody has changed. Without it the trouble may pass by itself. */
  readonly remedy?: Remedy;
}

/** A command that needs the cluster's KUBECONFIG, and what it has then done, as a sentence in the past tense. */
interface Remedy {
  readonly run: string;
  readonly done: string;
}

/** An object that must run as long as the cluster exists, and that the lab or the cluster itself has made. */
export type WantedObject = Pick<ExpectedObject, "object" | "replicas" | "labels" | "uid" | "isResource"> & {
  readonly urn?: string;
  /** What recreates it if it is gone; what the lab has made is recreated by its resource. */
  readonly remedy?: Remedy;
};

/** Kinds that are listed whatever the lab has made: what the cluster itself needs is of them. */
export const CLUSTER_KINDS: readonly Pick<ObjectName, "apiVersion" | "kind">[] = [
  { apiVersion: "v1", kind: "Node" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "apps/v1", kind: "DaemonSet" },
];

/**
 * Tells what of a cluster does not run as it should. What the lab has made and is gone is no trouble of these.
 * @param there what is in the cluster, by its keys
 * @param wanted what must run there: what the lab has made, and the system's objects
 */
export function troublesOf(
  cluster: AccessCluster,
  there: ReadonlyMap<string, FoundObject>,
  wanted: readonly WantedObject[],
): readonly Trouble[] {
  return [
    ...[...there.values()].filter(({ kind }) => kind === "Node").flatMap((node) => nodeTroubles(cluster, node)),
    ...wanted.flatMap((one) => {
      const standing = there.get(keyOf(one.object));
      const trouble = standing ? workloadTrouble(cluster, one, standing) : goneTrouble(cluster, one);
      return trouble ? [trouble] : [];
    }),
  ];
}

function goneTrouble(cluster: AccessCluster, { urn, object, remedy }: WantedObject) {
  const facts = { cluster, object, what: `${describeObject(object)} is gone`, wanted: "it is there" };
  return urn === undefined ? { ...facts, ...(remedy ? { remedy } : {}) } : undefined;
}

function workloadTrouble(cluster: AccessCluster, one: WantedObject, found: FoundObject): Trouble | undefined {
  const { urn, object, isResource = false } = one;
  const about = {
    ...{ cluster, object },
    ...(urn === undefined ? {} : { urn, editors: editorsOf(found, isResource) }),
  };
  const [name, { spec, status, metadata }] = [describeObject(object), found];
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const refusal = refusalOf(found);
  const notReady = (what: string, of: number): Trouble => ({
    ...about,
    ...(refusal === undefined ? { what } : { what: `${what}: ${refusal}`, isRefused: true }),
    wanted: replicasAvailable(of),
  });
  const short = (available: number, of: number): Trouble | undefined =>
    isSeen && available >= of ? undefined : notReady(`${name} has ${available} of ${of} replicas available`, of);
  // Old pods go on while the new ones do not start.
  const rollout = (of: number): Trouble | undefined =>
    object.kind !== "Deployment" || isRolledOut(found, of)
      ? undefined
      : notReady(`${name} has a rollout that has not ended`, of);
  switch (object.kind) {
    case "Deployment":
    case "StatefulSet": {
      const [asked, made] = [spec?.replicas ?? 1, one.replicas ?? 1];
      return asked < made
        ? {
            ...about,
            what: `${name} is scaled to ${asked} of ${made} replicas`,
            wanted: replicasAvailable(made),
            remedy: scaled(object, made),
          }
        : (short(status?.availableReplicas ?? 0, asked) ?? rollout(asked));
    }
    case "DaemonSet":
      return short(status?.numberAvailable ?? 0, Math.max(1, status?.desiredNumberScheduled ?? 0));
    case "Pod":
      return (status?.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True")
        ? undefined
        : { ...about, what: `${name} is not ready`, wanted: "a pod that is ready" };
    case "Namespace":
      return labelTrouble(about, one.labels ?? {}, metadata.labels ?? {});
    default:
      return undefined;
  }
}

/** Why a Deployment cannot make its pods, in the cluster's words, e.g. a quota that is used up. */
function refusalOf({ status }: FoundObject): string | undefined {
  return status?.conditions?.find(({ type, status: is }) => type === "ReplicaFailure" && is === "True")?.message;
}

function isRolledOut({ status }: FoundObject, replicas: number): boolean {
  return (status?.updatedReplicas ?? 0) >= replicas && (status?.unavailableReplicas ?? 0) === 0;
}

function replicasAvailable(number: number): string {
  return `${number} replica${number === 1 ? "" : "s"} available`;
}

function scaled(object: ObjectName, replicas: number): Remedy {
  const { kind, namespace = "default", name } = object;
  return {
    run: `kubectl --namespace ${shellQuote(namespace)} scale ${kind.toLowerCase()} ${shellQuote(name)} --replicas ${replicas}`,
    done: `${describeObject(object)} was scaled back to ${replicas} replica${replicas === 1 ? "" : "s"}`,
  };
}
