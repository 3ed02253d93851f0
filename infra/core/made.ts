/** A Kubernetes object by its names. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for an object of the whole cluster. */
  readonly namespace?: string;
  readonly name: string;
  /** The lab's name of its cluster, for people, if the lab has several. */
  readonly cluster?: string;
}

/** What makes a kind of objects known to the API server. */
export const DEFINITION = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

/** How Pulumi's Kubernetes provider names itself among the managers of an object's fields; a number of its own follows. */
export const PULUMI_MANAGER = "pulumi-kubernetes";

/** An object that a step makes. */
export interface MadeObject extends ObjectName {
  /** The node ports that a Service must have, since something outside the cluster leads to them. Default: none. */
  readonly nodePorts?: readonly number[];
}

/** What a step makes outside of Pulumi's sight, by which one can look whether it is still there. */
export type Made =
  /** A container or network of this machine's engine. */
  | { readonly kind: "container" | "network"; readonly name: string }
  /** Objects in the cluster of the step's KUBECONFIG that a tool makes, e.g. istioctl. */
  | { readonly kind: "objects"; readonly objects: readonly MadeObject[] };

/** Variable of a step's environment that says, as JSON, what the step makes: Pulumi's state keeps it beside the step. */
export const MADE_VARIABLE = "ISTIO_LAB_MAKES";

/**
 * Reads what a step makes.
 * @param environment of the step, as Pulumi's state has it
 * @returns undefined if the step does not say
 */
export function readMade(environment: Readonly<Record<string, unknown>> | undefined): Made | undefined {
  const text = environment?.[MADE_VARIABLE];
  return typeof text === "string" ? (JSON.parse(text) as Made) : undefined;
}

/** Names an object for people: `Deployment istio-system/istiod`, and of several clusters `Deployment istio-system/istiod in west`. */
export function describeObject({ kind, namespace, name, cluster }: ObjectName): string {
  const where = cluster === undefined ? "" : ` in ${cluster}`;
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}${where}`;
}
