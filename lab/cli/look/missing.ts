import { DEFINITION, describeObject, type ObjectName } from "../../../infra/core/made";
import { resourceName } from "../pulumi/engine-events";
import { someNames } from "../ui/some-names";
import type { Edit } from "./edits";
import type { ExpectedObject } from "./expected";
import type { FoundObject } from "./found-object";
import { keyOf } from "./objects";

/** So many of a kind are named. */
const NAMED = 3;

/** Something that the stack has made and that is not there any more. */
export interface Missing {
  /** The resource that recreates it. */
  readonly urn: string;
  /** What is gone, for people, e.g. `container istio-lab-dev-forum-vm`. */
  readonly what: string;
  /** It is the namespace of Istio, and with it the key of the mesh's root certificate. */
  readonly isMesh?: boolean;
  /** The step by which a tool installs it, e.g. `vm-control-plane-install`: all that it installs is then as the lab has it. */
  readonly installedBy?: string;
  /** A refresh finds by itself that it is gone, and takes it out of the state: then there is nothing to replace. */
  readonly isSeenByRefresh?: boolean;
}

/** What is gone, with a warning if more than that is recreated: edits of e.g. Istio's ConfigMap go with it. */
export function describeMissing({ what, installedBy }: Missing): string {
  return installedBy === undefined
    ? what
    : `${what} (${installedBy} installs it; what it installs is then as the lab has it, without edits of yours)`;
}

/**
 * Tells which of the objects that the stack has made in a cluster are gone, and which Services do not lead where they did.
 * @param there what is in that cluster, by its keys
 * @param edits what the user has edited there: it is never recreated while it is there
 */
export function missingOf(
  made: readonly ExpectedObject[],
  there: ReadonlyMap<string, FoundObject>,
  edits: readonly Edit[],
): readonly Missing[] {
  const absent = made.filter(({ object }) => !there.has(keyOf(object)));
  const [definitions, missing] = [absent.filter(isDefinition), absent.filter((one) => !isDefinition(one))];
  return [
    ...made.flatMap((one) => closedPorts(one, there.get(keyOf(one.object)))),
    ...lostDefinitions(definitions),
    ...missing.map((one) => ({
      urn: one.urn,
      what: describeObject(one.object),
      isMesh: isMesh(one),
      isSeenByRefresh: one.isResource === true,
      ...(one.isResource === true ? {} : { installedBy: resourceName(one.urn) }),
    })),
    ...(missing.some(isMesh) ? outdatedWorkloads(missing, made, edits) : []),
  ];
}

/** The node ports that a Service does not have any more: what leads to them from outside the cluster leads nowhere. */
function closedPorts({ urn, object, nodePorts = [] }: ExpectedObject, found: FoundObject | undefined): Missing[] {
  const open = (found?.spec?.ports ?? []).map(({ nodePort }) => nodePort);
  const closed = found === undefined ? [] : nodePorts.filter((port) => !open.includes(port));
  return closed.map((port) => ({ urn, what: `node port ${port} of ${describeObject(object)}` }));
}

function isDefinition({ object: { kind } }: ExpectedObject): boolean {
  return kind === DEFINITION.kind;
}

/** One thing for each step that installs them: all of Istio's are 14. */
function lostDefinitions(lost: readonly ExpectedObject[]): readonly Missing[] {
  return [...new Set(lost.map(({ urn }) => urn))].map((urn) => {
    const names = lost.filter((one) => one.urn === urn).map(({ object }) => object.name);
    const what = `${DEFINITION.kind} ${someNames(names, NAMED)}`;
    return { urn, what, isSeenByRefresh: false, installedBy: resourceName(urn) };
  });
}

function isMesh({ object: { kind, name } }: ExpectedObject): boolean {
  return kind === "Namespace" && name === "istio-system";
}

/**
 * Sidecars prove who they are by certificates of a day, and nobody in a mesh with another root certificate believes them. What the user has edited is
 * not recreated for that: `heal` restarts it.
 */
function outdatedWorkloads(
  gone: readonly ExpectedObject[],
  all: readonly ExpectedObject[],
  edits: readonly Edit[],
): readonly Missing[] {
  const isLeft = (one: ExpectedObject) =>
    isInTheMesh(one.object) && !gone.includes(one) && !edits.some(({ urn }) => urn === one.urn);
  return all.filter(isLeft).map(({ urn, object }) => ({
    urn,
    what: `${describeObject(object)}, whose certificates are of the Istio that is gone`,
  }));
}

/** Whether it can be a workload with a sidecar. */
export function isInTheMesh({ kind, namespace = "default" }: ObjectName): boolean {
  return ["Deployment", "Pod"].includes(kind) && !namespace.endsWith("-system");
}
