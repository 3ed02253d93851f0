import { DEFINITION, type ObjectName } from "../../../infra/core/made";
import type { AccessCluster, LabOutputs } from "../../outputs";
import { accessOutput } from "../access";
import { stateResources } from "../checkpoint";
import { STACK_TYPE } from "../engine-events";
import type { EngineThing } from "../leftovers";
import type { Session } from "../session";
import { expectedOf, type Expected, type ExpectedObject, type ExpectedThing } from "./expected";
import { missingOf, type Missing } from "./missing";
import type { FoundObject } from "./found-object";
import { byKey, keyOf, listDefinitions, listObjects, resourceOf } from "./objects";
import { optOuts, type OptOut } from "./opt-outs";
import { CLUSTER_KINDS, troublesOf, type Trouble, type WantedObject } from "./ready";
import { systemObjects } from "./system";
import { isTaken, type Taken } from "./users";

/** What of a stack is to be looked for, and how. */
export interface LookScene {
  readonly session: Session;
  readonly outputs: LabOutputs;
  readonly expected: Expected;
}

/**
 * What the stack has made, as its state says.
 * @returns undefined if there is nothing to look for: no `up` came to its end, the lab is not on this machine, or its state is not in our own backend
 */
export function lookScene(session: Session): LookScene | undefined {
  const resources = stateResources(session) ?? [];
  const outputs = outputsOf(resources.find(({ type }) => type === STACK_TYPE)?.outputs);
  return outputs?.platform === "local"
    ? { session, outputs, expected: expectedOf(resources, outputs.clusters) }
    : undefined;
}

function outputsOf(outputs: Readonly<Record<string, unknown>> | undefined): LabOutputs | undefined {
  return outputs && accessOutput(outputs);
}

/**
 * Tells which containers and networks are gone. A container whose network is gone cannot be started any more, so it counts as gone, too.
 * @param own what carries the stack's mark on this machine's engine
 */
export function missingThings(
  { expected }: Pick<LookScene, "expected">,
  own: readonly EngineThing[],
): readonly Missing[] {
  const isThere = ({ kind, name }: ExpectedThing) => own.some((thing) => thing.kind === kind && thing.name === name);
  const hasNetworks = expected.things.filter(({ kind }) => kind === "network").every(isThere);
  return expected.things
    .filter((thing) => !isThere(thing) || (thing.kind === "container" && !hasNetworks))
    .map(({ urn, kind, name }) => ({ urn, what: `${kind} ${name}` }));
}

/**
 * Tells which containers on the engine are the lab's.
 * @param made what the stack has made; if that cannot be told, all that carry its mark are
 * @param own what carries the stack's mark on this machine's engine
 */
export function wantedContainers(
  made: Pick<LookScene, "expected"> | undefined,
  own: readonly EngineThing[],
): readonly EngineThing[] {
  const isWanted = (name: string) => !made || made.expected.things.some((thing) => thing.name === name);
  return own.filter(({ kind, name }) => kind === "container" && isWanted(name));
}

/** Whether all containers of the lab run. */
export function isAllRunning(made: Pick<LookScene, "expected">, own: readonly EngineThing[]): boolean {
  return wantedContainers(made, own).every(({ state }) => state === "running");
}

/** What a look into the clusters has found. */
export interface ClusterFindings {
  readonly missing: readonly Missing[];
  readonly troubles: readonly Trouble[];
  /** Objects of the user's that stand in the place of the lab's: nothing can be made anew there. */
  readonly taken: readonly Taken[];
  readonly optOuts: readonly OptOut[];
}

/**
 * Looks into all clusters at once, by one list of objects and one of definitions each.
 * @param gone what is known to be gone: a cluster that is made anew brings its objects along
 * @throws UserError if a cluster does not answer
 */
export async function lookIntoClusters(scene: LookScene, gone: readonly Missing[] = []): Promise<ClusterFindings> {
  const { session, outputs, expected } = scene;
  const found = await Promise.all(
    clustersLeft(scene, gone).map(async (cluster) => {
      const { kubeconfigFile } = cluster;
      const made = expected.objects.filter((one) => one.kubeconfigFile === kubeconfigFile);
      const kinds = [...made.map(({ object }) => object), ...CLUSTER_KINDS];
      const there = byKey(await listAll(kubeconfigFile, kinds, session.env));
      return findingsOf(cluster, outputs.platform, there, made);
    }),
  );
  return {
    missing: found.flatMap(({ missing }) => missing),
    troubles: found.flatMap(({ troubles }) => troubles),
    taken: found.flatMap(({ taken }) => taken),
    optOuts: found.flatMap(({ optOuts }) => optOuts),
  };
}

/** What is the user's is no trouble of the lab's, and not missing either: nothing may be put in its place. */
function findingsOf(
  cluster: AccessCluster,
  platform: LabOutputs["platform"],
  there: ReadonlyMap<string, FoundObject>,
  made: readonly ExpectedObject[],
): ClusterFindings {
  const isFree = (one: WantedObject) => {
    const found = there.get(keyOf(one.object));
    // k3s makes its own objects, by names of its own.
    return found === undefined || (one.urn === undefined && platform !== "local") || !isTaken(one, found);
  };
  const wanted = [...systemObjects(cluster, platform), ...made];
  const taken = wanted.filter((one) => !isFree(one)).map(({ object }) => ({ cluster, object }));
  return {
    missing: missingOf(made.filter(isFree), there),
    troubles: troublesOf(cluster, there, wanted.filter(isFree)),
    taken,
    optOuts: optOuts(cluster, there, made.filter(isFree)),
  };
}

async function listAll(
  kubeconfigFile: string,
  kinds: readonly Pick<ObjectName, "apiVersion" | "kind">[],
  env: Session["env"],
): Promise<readonly FoundObject[]> {
  const others = kinds.filter(({ kind }) => kind !== DEFINITION.kind);
  const found = await Promise.all([
    listObjects(kubeconfigFile, [...new Set(others.map(resourceOf))], env, ["--show-managed-fields"]),
    ...(others.length < kinds.length ? [listDefinitions(kubeconfigFile, env)] : []),
  ]);
  return found.flat();
}

/** The clusters whose node is not gone. */
export function clustersLeft(
  { outputs, expected }: Pick<LookScene, "outputs" | "expected">,
  gone: readonly Missing[],
): LabOutputs["clusters"] {
  const lost = expected.things
    .filter(({ urn }) => gone.some((one) => one.urn === urn))
    .map((one) => one.kubeconfigFile);
  return outputs.clusters.filter(({ kubeconfigFile }) => !lost.includes(kubeconfigFile));
}
