import { DEFINITION, type ObjectName } from "../../../infra/core/made";
import type { AccessCluster, LabOutputs } from "../../program/outputs";
import { platformNamed } from "../../program/platforms/platforms";
import type { Session } from "../pulumi/session";
import { deletionsOf } from "./deletions";
import { editsOf, type Edit } from "./edits";
import type { ExpectedObject } from "./expected";
import type { FoundObject } from "./found-object";
import type { LookScene } from "./look";
import { missingOf, type Missing } from "./missing";
import { unregisteredNode } from "./nodes";
import { byKey, isStanding, keyOf, listDefinitions, listEverything, resourceOf } from "./objects";
import { optOuts, type OptOut } from "./opt-outs";
import { CLUSTER_KINDS, troublesOf, type Trouble, type WantedObject } from "./ready";
import { placed } from "./placed";
import { systemObjects } from "./system";
import { heldPorts, isTaken, type Taken } from "./users";

/** What a look into the clusters has found. */
export interface ClusterFindings {
  readonly missing: readonly Missing[];
  readonly troubles: readonly Trouble[];
  /** Objects of the user's that stand in place of the lab's: nothing can be recreated there. */
  readonly taken: readonly Taken[];
  readonly optOuts: readonly OptOut[];
  /** What is being deleted and has not gone yet, for people. */
  readonly deletions: readonly string[];
  /** Objects of the lab that the user has edited. */
  readonly edits: readonly Edit[];
}

/**
 * Looks into all clusters at once, by one list of objects and one of definitions each.
 * @param gone what is known to be gone: a cluster that is recreated brings its objects along
 * @throws UserError if a cluster does not answer
 */
export async function lookIntoClusters(scene: LookScene, gone: readonly Missing[] = []): Promise<ClusterFindings> {
  const { session, outputs, expected } = scene;
  const found = await Promise.all(
    clustersLeft(scene, gone).map(async (cluster) => {
      const { kubeconfigFile } = cluster;
      const made = expected.objects
        .filter((one) => one.kubeconfigFile === kubeconfigFile)
        .map((one) => ({ ...one, object: placed(one.object, cluster, outputs.clusters) }));
      const kinds = [...made.map(({ object }) => object), ...CLUSTER_KINDS];
      const all = await listAll(kubeconfigFile, kinds, session.env);
      const there = byKey(all.filter(isStanding));
      return { ...findingsOf(cluster, outputs, there, made), deletions: deletionsOf(made, byKey(all)) };
    }),
  );
  return {
    missing: found.flatMap(({ missing }) => missing),
    troubles: found.flatMap(({ troubles }) => troubles),
    taken: found.flatMap(({ taken }) => taken),
    optOuts: found.flatMap(({ optOuts }) => optOuts),
    deletions: found.flatMap(({ deletions }) => deletions),
    edits: found.flatMap(({ edits }) => edits),
  };
}

/** What is the user's is no trouble of the lab's, and not missing either: nothing may be put in its place. */
function findingsOf(
  cluster: AccessCluster,
  outputs: Pick<LabOutputs, "platform" | "clusters">,
  there: ReadonlyMap<string, FoundObject>,
  made: readonly ExpectedObject[],
): Omit<ClusterFindings, "deletions"> {
  const { platform } = outputs;
  const isFree = (one: WantedObject) => {
    const found = there.get(keyOf(one.object));
    // k3s makes its own objects, by names of its own.
    return (
      found === undefined || (one.urn === undefined && !platformNamed(platform).hasKubeadm) || !isTaken(one, found)
    );
  };
  const wanted = [...systemObjects(cluster, outputs), ...made];
  const named = wanted.filter((one) => !isFree(one)).map(({ object }) => ({ cluster, object }));
  const free = made.filter(isFree);
  const edits = editsOf(cluster, there, free);
  return {
    missing: missingOf(free, there, edits),
    troubles: [...unregisteredNode(cluster, outputs, there), ...troublesOf(cluster, there, wanted.filter(isFree))],
    taken: [...named, ...heldPorts(cluster, there, made)],
    optOuts: optOuts(cluster, there, free),
    edits,
  };
}

async function listAll(
  kubeconfigFile: string,
  kinds: readonly Pick<ObjectName, "apiVersion" | "kind">[],
  env: Session["env"],
): Promise<readonly FoundObject[]> {
  const others = kinds.filter(({ kind }) => kind !== DEFINITION.kind);
  const found = await Promise.all([
    listEverything(kubeconfigFile, [...new Set(others.map(resourceOf))], env, ["--show-managed-fields"]),
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
