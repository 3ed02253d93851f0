import { describeObject } from "../../../infra/core/made";
import type { StateResource } from "../pulumi/checkpoint";
import { expectedOf } from "./expected";
import type { LookScene } from "./look";
import { byKey, keyOf, listObjects, resourceOf } from "./objects";
import { placed } from "./placed";
import { isStrangers } from "./users";

/**
 * Tells which objects that an update is to make are there already and somebody else's: Pulumi applies on the server, which takes them over, and
 * would remove them with its own. What an interrupted `up` has made carries the name of a maker of the lab's.
 * @param resources of the stack's state: its providers tell the clusters
 * @param created what the update makes, as its preview shows it
 * @returns each for people, e.g. `DestinationRule istioinaction/a in west`
 * @throws UserError if a cluster does not answer
 */
export async function takenOver(
  { session, outputs }: Pick<LookScene, "session" | "outputs">,
  resources: readonly StateResource[],
  created: readonly StateResource[],
): Promise<readonly string[]> {
  const providers = resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
  const objects = expectedOf([...providers, ...created], outputs.clusters).objects.filter((one) => one.isResource);
  const files = new Set(objects.map(({ kubeconfigFile }) => kubeconfigFile));
  const taken = await Promise.all(
    [...files].map(async (file) => {
      const wanted = objects.filter((one) => one.kubeconfigFile === file);
      const kinds = new Set(wanted.map(({ object }) => resourceOf(object)));
      const found = await listObjects(file, [...kinds], session.env, ["--show-managed-fields"]);
      const theirs = byKey(found.filter(isStrangers));
      const cluster = outputs.clusters.find(({ kubeconfigFile }) => kubeconfigFile === file);
      const taken = wanted.filter(({ object }) => theirs.has(keyOf(object)));
      return taken.map(({ object }) => describeObject(cluster ? placed(object, cluster, outputs.clusters) : object));
    }),
  );
  return taken.flat().sort();
}
