import { STANDING_OUTPUTS, standingOutputs } from "../../../infra/core/standing-outputs";
import { stateResources, type StateResource } from "../pulumi/checkpoint";
import { companionsOf } from "../docker/companions";
import { confirm, type Dialogue } from "../ui/confirm";
import { assertNobodyHangsOn } from "../destroy/destroy-messages";
import { resourceName, type EngineEvent, type StepMetadata } from "../pulumi/engine-events";
import { containerNames, findLeftovers } from "../docker/leftovers";
import { editsAtRisk } from "../look/at-risk";
import { namesOfEdits, type Edit } from "../look/edits";
import { lookScene } from "../look/look";
import type { Missing } from "../look/missing";
import { takenOver } from "../look/taken";
import { UpdateProgress } from "../ui/progress";
import { runPreview } from "../pulumi/pulumi";
import { lossesOf, removedThings, resourcesWithWork } from "./removable";
import { updateArguments, updateOptions, type Session } from "../pulumi/session";
import { digestOf, settledDigest } from "./settled";
import { tell, terminalOf } from "../ui/terminal";
import { updateFailure } from "./update";
import { UserError } from "../ui/user-error";

/** How an `up` asks. */
export interface LossOptions {
  /** What is gone, and is to be recreated. Default: nothing. */
  readonly missing?: readonly Missing[];
  /** The user has agreed already. */
  readonly yes: boolean;
  /** The command that does it without a question. */
  readonly repeat: string;
}

/**
 * Asks before an update removes a cluster's node, a host or a namespace, with all that a student has done there, or changes or removes an object that
 * the student has edited, and refuses one that would take over an object of the student's. Only Pulumi can tell, and its preview takes 3 s: it is asked
 * only if something has changed since our last update.
 * @returns the edits that the update may undo: the user has agreed
 * @throws UserError if the answer is no, nobody can be asked, an object would be taken over, or the preview fails
 */
export async function confirmLosses(
  session: Session,
  { yes, repeat, missing = [] }: LossOptions,
  dialogue?: Dialogue,
): Promise<readonly Edit[]> {
  if (settledDigest(session) === digestOf(session) || resourcesWithWork(session)?.length === 0) {
    return [];
  }
  tell("something has changed since the last up: checking what the change replaces");
  const { steps, losses, removed, created } = await previewUpdate(session);
  await assertNothingTaken(session, created);
  await assertNobodyLosesThem(session, removed);
  const scene = lookScene(session);
  const edits = scene ? await editsAtRisk(scene, steps, missing) : [];
  const harms = [
    ...(losses.length > 0 ? [`removes ${losses.join(", ")}, with all that was done there`] : []),
    ...(edits.length > 0 ? [`changes or removes what you have edited: ${namesOfEdits(edits)}`] : []),
  ];
  if (harms.length > 0) {
    await confirm(
      { what: [], question: `stack ${session.stack}: this ${harms.join("; it ")}; continue?`, yes, repeat },
      dialogue,
    );
  }
  return edits;
}

/** @throws UserError that names the objects */
async function assertNothingTaken(session: Session, created: readonly StateResource[]): Promise<void> {
  const scene = lookScene(session);
  const taken = scene ? await takenOver(scene, stateResources(session) ?? [], created) : [];
  if (taken.length > 0) {
    throw new UserError(
      `stack ${session.stack}: nothing was changed, since somebody else has made what this up would make: ${taken.join(", ")}; delete it or give it another name`,
    );
  }
}

/** @throws UserError that names the containers of somebody else's that depend on what goes */
async function assertNobodyLosesThem(
  { stack, owner, env }: Session,
  { containers, networks }: Preview["removed"],
): Promise<void> {
  if (containers.length === 0 && networks.length === 0) {
    return;
  }
  const { own, attached } = await findLeftovers(owner, env);
  const others = attached.filter(({ network = "" }) => networks.includes(network));
  assertNobodyHangsOn(stack, "nothing was changed", [
    ...others,
    ...(await companionsOf(containers, containerNames(own), env)),
  ]);
}

/** What the stack's steps have printed, by their names; secrets are no texts. */
function printedBySteps(session: Session): Readonly<Record<string, unknown>> {
  const steps = (stateResources(session) ?? []).filter(({ type }) => type === "command:local:Command");
  return Object.fromEntries(steps.map(({ urn, outputs }) => [resourceName(urn), outputs?.["stdout"]]));
}

/** What an update would do. */
interface Preview {
  readonly steps: readonly StepMetadata[];
  /** What is lost, for people. */
  readonly losses: readonly string[];
  /** What of this machine's engine goes. */
  readonly removed: ReturnType<typeof removedThings>;
  /** What is made that was not there. */
  readonly created: readonly StateResource[];
}

async function previewUpdate(session: Session): Promise<Preview> {
  const progress = new UpdateProgress(process.stderr, { ...terminalOf(process.stderr), isLive: false });
  const steps: StepMetadata[] = [];
  const onEvent = (event: EngineEvent) => {
    const step = event.resourcePreEvent?.metadata;
    if (step) {
      steps.push(step);
    }
    if (event.diagnosticEvent) {
      progress.handle(event);
    }
  };
  const { env, ...options } = updateOptions(session);
  const known = { [STANDING_OUTPUTS]: standingOutputs(printedBySteps(session)) };
  const result = await runPreview(
    updateArguments(session, "preview"),
    { ...options, env: { ...env, ...known } },
    onEvent,
  );
  progress.stop();
  if (result.exitCode !== 0) {
    throw updateFailure(session, result);
  }
  const created = steps.filter(({ op }) => op === "create");
  return {
    steps,
    losses: lossesOf(steps),
    removed: removedThings(steps),
    created: created.map(({ urn, type, new: made }) => ({ ...made, urn, type })),
  };
}
