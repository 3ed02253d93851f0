import { isDeepStrictEqual } from "node:util";
import type { StepMetadata } from "../pulumi/engine-events";
import { REMOVALS } from "../update/removable";
import { clustersLeft } from "./clusters";
import { editsOf, type Edit } from "./edits";
import type { LookScene } from "./look";
import type { Missing } from "./missing";
import { byKey, listObjects, resourceOf } from "./objects";
import { placed } from "./placed";

/**
 * Tells which objects that the user has edited an update would change or remove: what the lab sets itself is then as the lab has it.
 * @param steps of the update's preview
 * @param gone what is known to be gone: a cluster that is recreated has no edits
 * @throws UserError if a cluster does not answer
 */
export async function editsAtRisk(
  { session, outputs, expected }: LookScene,
  steps: readonly StepMetadata[],
  gone: readonly Missing[],
): Promise<readonly Edit[]> {
  const changed = new Set(steps.filter(changes).map(({ urn }) => urn));
  const objects = expected.objects.filter(({ urn }) => changed.has(urn));
  // Whoever loses a cluster is asked about that. One whose script alone has changed stays.
  const removed = new Set(steps.filter(({ op }) => REMOVALS.includes(op)).map(({ urn }) => urn));
  const lost = expected.things.filter(({ urn }) => removed.has(urn)).map(({ urn }) => ({ urn, what: "" }));
  const edits = await Promise.all(
    clustersLeft({ outputs, expected }, [...gone, ...lost]).map(async (cluster) => {
      const made = objects
        .filter(({ kubeconfigFile }) => kubeconfigFile === cluster.kubeconfigFile)
        .map((one) => ({ ...one, object: placed(one.object, cluster, outputs.clusters) }));
      if (made.length === 0) {
        return [];
      }
      const kinds = new Set(made.map(({ object }) => resourceOf(object)));
      const found = await listObjects(cluster.kubeconfigFile, [...kinds], session.env, ["--show-managed-fields"]);
      return editsOf(cluster, byKey(found), made);
    }),
  );
  return edits.flat();
}

/** A preview shows objects as updated, without any difference, if it does not know yet how their cluster will be reached. */
function changes({ op, old, new: next }: StepMetadata): boolean {
  return REMOVALS.includes(op) || (op === "update" && !isDeepStrictEqual(old?.inputs, next?.inputs));
}
