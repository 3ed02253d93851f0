import { findLeftovers } from "../docker/leftovers";
import { clustersLeft, lookIntoClusters } from "../look/clusters";
import { missingThings } from "../look/look";
import { describeMissing, type Missing } from "../look/missing";
import { awaitClusters } from "./clusters";
import type { HealReport, HealScene } from "./scene";
import { takenFailure } from "./users-objects";

/** Recreates containers and networks that are gone, with all that was in them; clusters that are left have to answer meanwhile. */
export async function bringBackThings(scene: HealScene): Promise<HealReport> {
  if (scene.made === undefined) {
    return { repaired: [], failed: [] };
  }
  const { own } = await findLeftovers(scene.owner, scene.workstation.env);
  const gone = missingThings(scene.made, own);
  if (gone.length > 0) {
    const clusters = clustersLeft(scene.made, gone);
    const { failed } = await awaitClusters({ ...scene, outputs: { ...scene.outputs, clusters } });
    if (failed.length > 0) {
      return { repaired: [], failed };
    }
  }
  return bringBack(gone, scene);
}

/**
 * Recreates Kubernetes objects that somebody has deleted. If the user has made one of the same name since then, nothing is changed: what follows would
 * repair that one.
 */
export async function bringBackObjects(scene: HealScene): Promise<HealReport> {
  const { missing, taken, deletions } = await lookIntoClusters(scene.standing);
  deletions.forEach((what) => scene.journal.line(what, "yellow"));
  if (taken.length > 0) {
    return { repaired: [], failed: taken.map((one) => takenFailure(one, scene)) };
  }
  return bringBack(scene.made === undefined ? [] : missing, scene);
}

async function bringBack(missing: readonly Missing[], scene: HealScene): Promise<HealReport> {
  if (missing.length > 0) {
    missing.forEach((one) => scene.journal.line(`gone: ${describeMissing(one)}`, "yellow"));
    await scene.bringBack(missing);
  }
  return { repaired: missing.map(({ what }) => ({ name: what, done: `${what} was created again` })), failed: [] };
}
