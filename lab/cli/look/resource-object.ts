import type { ObjectName } from "../../../infra/core/made";
import type { StateResource } from "../pulumi/checkpoint";
import type { ExpectedObject } from "./expected";
import type { PodTemplate } from "./found-object";
import { refusesSidecar } from "./sidecars";

/** @returns undefined if the resource is no object of a cluster */
export function objectOf({ type, inputs }: StateResource): ObjectName | undefined {
  const metadata = inputs?.["metadata"] as { readonly name?: unknown; readonly namespace?: unknown } | undefined;
  const [apiVersion, kind] = [inputs?.["apiVersion"], inputs?.["kind"]];
  if (!type.startsWith("kubernetes:") || typeof apiVersion !== "string" || typeof kind !== "string") {
    return undefined;
  }
  const { name, namespace } = metadata ?? {};
  return typeof name !== "string"
    ? undefined
    : { apiVersion, kind, name, ...(typeof namespace === "string" ? { namespace } : {}) };
}

interface Spec {
  readonly replicas?: unknown;
  readonly template?: PodTemplate;
  readonly ports?: readonly { readonly nodePort?: unknown }[];
}

/** What the manifest of an object says that can be looked for. */
export function specOf({
  inputs,
}: StateResource): Pick<ExpectedObject, "replicas" | "nodePorts" | "labels" | "refusesSidecar"> {
  const { labels } = (inputs?.["metadata"] ?? {}) as Pick<ExpectedObject, "labels">;
  const { replicas, ports, template } = (inputs?.["spec"] ?? {}) as Spec;
  const nodePorts = (ports ?? []).map(({ nodePort }) => nodePort).filter(isNumber);
  return {
    ...(isNumber(replicas) ? { replicas } : {}),
    ...(template && refusesSidecar(template) ? { refusesSidecar: true } : {}),
    ...(nodePorts.length > 0 ? { nodePorts } : {}),
    ...(inputs?.["kind"] === "Namespace" && labels ? { labels } : {}),
  };
}

/** How the cluster has named the object that Pulumi has made. */
export function uidOf({ outputs }: StateResource): Pick<ExpectedObject, "uid"> {
  const { uid } = (outputs?.["metadata"] ?? {}) as { readonly uid?: unknown };
  return typeof uid === "string" ? { uid } : {};
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
