import { describeObject, type ObjectName } from "../../../infra/core/made";
import { shellQuote } from "../../../infra/core/shell";
import { labCommand } from "../lab-command";
import { lookIntoClusters } from "../look/look";
import type { OptOut } from "../look/opt-outs";
import { describeTaken, type Taken } from "../look/users";
import { pasteable } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import type { HealReport, HealScene } from "./scene";

/** An object of the user's in the place of one of the lab's, as what could not be repaired. */
export function takenFailure(taken: Taken, scene: HealScene): CheckResult {
  const heal = labCommand("heal", scene.standing.session);
  return {
    ...failureOf(taken, scene),
    expected: "what the lab has made",
    actual: `${describeTaken(taken)}; delete or rename yours, then run ${heal}`,
  };
}

/**
 * Tells which workloads the user has taken out of the mesh. That is not changed, since it may be a lesson.
 * @throws UserError if a cluster does not answer
 */
export async function tellOptOuts(scene: HealScene): Promise<HealReport> {
  const { optOuts } = await lookIntoClusters(scene.standing);
  return { repaired: [], failed: optOuts.map((one) => optOutFailure(one, scene)) };
}

function optOutFailure(optOut: OptOut, scene: HealScene): CheckResult {
  const { what: actual, run: repair } = optOut;
  return { ...failureOf(optOut, scene), expected: "a workload with a sidecar", actual, repair };
}

function failureOf(
  { cluster, object }: { readonly cluster: Taken["cluster"]; readonly object: ObjectName },
  { workstation }: HealScene,
): CheckResult {
  const where = object.namespace === undefined ? "" : `--namespace ${shellQuote(object.namespace)} `;
  const run = `kubectl ${where}get ${shellQuote(`${object.kind}/${object.name}`)} --output yaml --show-managed-fields`;
  return {
    ...{ name: describeObject(object), shows: `${describeObject(object)} is as the lab made it`, source: "" },
    ...{ outcome: "fail", seconds: 0 },
    command: pasteable({ on: "cluster", cluster: cluster.name, run }, workstation),
  };
}
