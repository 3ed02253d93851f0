import { describeObject, type ObjectName } from "../../../infra/core/made";
import { shellQuote } from "../../../infra/core/shell";
import { labCommand } from "../stack/lab-command";
import { lookIntoClusters } from "../look/clusters";
import { describeEdits, undoLine } from "../look/edits";
import type { OptOut } from "../look/opt-outs";
import type { Trouble } from "../look/ready";
import { describeTaken, type Taken } from "../look/users";
import { pasteable } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import type { HealReport, HealScene } from "./scene";

/** An object of the user's in place of one of the lab's, as what could not be repaired. */
export function takenFailure(taken: Taken, scene: HealScene): CheckResult {
  const heal = labCommand("heal", scene.standing.session);
  return {
    ...failureOf(taken, scene),
    expected: "what the lab has made",
    actual: `${describeTaken(taken)}, then run ${heal}`,
  };
}

/** Whether a workload would lose what the user has edited if its resource recreated it. */
export function isEdited({ urn, editors = [] }: Trouble): boolean {
  return urn !== undefined && editors.length > 0;
}

/** A workload that does not run and that the user has edited, as what could not be repaired; with the line that gives it up. */
export function editedFailure(trouble: Trouble, scene: HealScene): CheckResult {
  const { what, wanted, editors = [] } = trouble;
  return {
    ...failureOf(trouble, scene),
    expected: wanted,
    actual: `${what}, and carries edits of yours (by ${editors.join(", ")}), which it would lose if it were recreated; undo them, or discard them with the command below`,
    repair: undoLine(trouble, labCommand("heal", scene.standing.session), scene.workstation),
  };
}

/**
 * Tells what the user has edited, and which workloads are out of the mesh. Neither is changed, since it may be a lesson; an edit is no failure.
 * @throws UserError if a cluster does not answer
 */
export async function tellUsersChoices(scene: HealScene): Promise<HealReport> {
  const { optOuts, edits } = await lookIntoClusters(scene.standing);
  const heal = labCommand("heal", scene.standing.session);
  for (const edit of edits) {
    scene.journal.line(
      `${describeEdits([edit])}; left as it is. To restore the lab's version: ${undoLine(edit, heal, scene.workstation)}`,
      "yellow",
    );
  }
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
