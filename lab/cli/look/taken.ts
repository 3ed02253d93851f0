import { describeObject } from "../../../infra/core/made";
import type { StateResource } from "../checkpoint";
import { expectedOf } from "./expected";
import type { LookScene } from "./look";
import { byKey, keyOf, listObjects, resourceOf } from "./objects";

/** How Pulumi's Kubernetes provider names itself among the managers of an object's fields; a number of its own follows. */
const PULUMI = "pulumi-kubernetes";

/**
 * Tells which objects that an update is to make are there already and somebody else's: Pulumi applies on the server, which takes them over, and
 * would remove them with its own. What an interrupted `up` has made carries Pulumi's name.
 * @param resources of the stack's state: its providers tell the clusters
 * @param created what the update makes, as its preview shows it
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
      const strangers = found.filter(
        ({ metadata: { managedFields = [] } }) => !managedFields.some(({ manager = "" }) => manager.startsWith(PULUMI)),
      );
      const theirs = byKey(strangers);
      return wanted.filter(({ object }) => theirs.has(keyOf(object))).map(({ object }) => describeObject(object));
    }),
  );
  return taken.flat().sort();
}
