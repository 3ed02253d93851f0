import { describeObject } from "../../../infra/core/made";
import { lookIntoClusters } from "../look/clusters";
import type { Trouble } from "../look/ready";
import type { CheckResult } from "../verify/expectation";
import { runRemedy } from "./commands";
import type { HealReport, HealScene, Repaired } from "./scene";

/** How long a remedy may take, in seconds. */
const REMEDY_SECONDS = 60;

/**
 * Puts back what needs no waiting: cordoned nodes, too few replicas, lost labels, what kubeadm has installed. Comes before objects are recreated,
 * which would wait ten minutes for a pod that no node takes, or for a sidecar that cannot ask CoreDNS for istiod.
 * @throws UserError if a cluster does not answer
 */
export async function putBackFirst(scene: HealScene): Promise<HealReport> {
  return applyRemedies((await lookIntoClusters(scene.standing)).troubles, scene);
}

/** Runs the remedies of those troubles that have one; goes no further if one fails. */
export async function applyRemedies(troubles: readonly Trouble[], scene: HealScene): Promise<HealReport> {
  const repaired: Repaired[] = [];
  for (const trouble of troubles) {
    const { object, remedy, what } = trouble;
    if (remedy === undefined) {
      continue;
    }
    scene.journal.line(what, "yellow");
    const failure = await putBack(trouble, remedy, scene);
    if (failure) {
      return { repaired, failed: [failure] };
    }
    repaired.push({ name: describeObject(object), done: remedy.done });
  }
  return { repaired, failed: [] };
}

/** @returns the failure with the command's own words; undefined if it worked */
export async function putBack(
  { cluster, object, wanted }: Trouble,
  { run, done }: NonNullable<Trouble["remedy"]>,
  scene: HealScene,
): Promise<CheckResult | undefined> {
  const about = { name: describeObject(object), shows: wanted, source: "" };
  const failure = await runRemedy(about, { on: "cluster", cluster: cluster.name, run }, REMEDY_SECONDS, scene);
  if (!failure) {
    scene.journal.line(done, "green");
  }
  return failure;
}
