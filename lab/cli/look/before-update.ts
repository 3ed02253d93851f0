import { awaitClusters, silentClusters } from "../heal/clusters";
import { startContainers } from "../heal/containers";
import { HealJournal } from "../heal/journal";
import { plugIn } from "../heal/networks";
import type { CheckResult } from "../verify/expectation";
import { restoreKubeconfigs } from "../stack/kubeconfig-files";
import { labCommand } from "../stack/lab-command";
import { findLeftovers } from "../docker/leftovers";
import { restoreLoginFiles } from "../stack/login-files";
import type { LossOptions } from "../update/losses";
import type { LabOutputs } from "../../program/outputs";
import type { Session } from "../pulumi/session";
import { tell, terminalOf } from "../ui/terminal";
import { UserError } from "../ui/user-error";
import { workstationOf } from "../verify/command-runner";
import { clustersLeft, lookIntoClusters } from "./clusters";
import { detourOf } from "./detour";
import { restoreOrGiveUp } from "./given-up";
import { isAllRunning, lookScene, lostNetworks, missingThings, type LookScene } from "./look";
import { describeEdits, type Edit } from "./edits";
import { describeMissing, type Missing } from "./missing";
import { unplugged } from "./unplugged";
import { describeTaken, type Taken } from "./users";

/** What a look has found, and done. */
export interface Looked {
  /** What the update has to recreate. */
  readonly missing: readonly Missing[];
  /** What the user has edited of the lab's objects. */
  readonly edits: readonly Edit[];
  /** Containers were started or put back on their network: what runs in them takes its time. */
  readonly hasStarted: boolean;
}

/**
 * Looks whether all is there that an earlier `up` has made: Pulumi compares the program with its own state, and sees nothing of what somebody else
 * has removed. Containers that do not run are started, those that are off their network come back to it, and a network that is gone is recreated
 * for them. What somebody has scaled down or cordoned stays, since a lesson may want it so, and is told. Takes about half a second if all is there.
 * @throws UserError if the engine or a cluster does not answer, or if an object of the user's has the name of one of the lab's,
 *   or if containers would be lost and the user has not agreed
 */
export async function lookBeforeUpdate(session: Session, options: LossOptions): Promise<Looked> {
  const scene = lookScene(session);
  if (scene === undefined) {
    return { missing: [], edits: [], hasStarted: false };
  }
  const { outputs } = scene;
  const files = [...(await restoreKubeconfigs(session, outputs)), ...(await restoreLoginFiles(session))];
  files.forEach((file) => tell(`${file} was gone, and was written again`));
  // Meanwhile: it takes as long as the engine's lists.
  const silence = silentClusters(outputs.clusters, workstationOf(outputs, session.env));
  const journal = new HealJournal(process.stderr, terminalOf(process.stderr));
  const { gone, isStill } = await lookAtEngine(scene, journal, options);
  const left = clustersLeft(scene, gone);
  if (isStill) {
    await start(scene, left, journal);
  } else {
    const unanswered = (await silence).filter(({ cluster }) => left.includes(cluster));
    await assertAnswering(unanswered, scene);
  }
  const { missing, deletions, troubles, taken, optOuts, edits } = await lookIntoClusters(scene, gone);
  assertNothingTaken(taken, session);
  deletions.forEach((what) => tell(what));
  const all = [...gone, ...missing];
  all.forEach((one) => tell(`gone, and to be created again: ${describeMissing(one)}`));
  const changed = troubles.filter(({ remedy }) => remedy !== undefined);
  if (changed.length > 0) {
    tell(`${changed.map(({ what }) => what).join("; ")}; ${labCommand("heal", session)} puts that back`);
  }
  optOuts.forEach(({ what, run }) => tell(`${what}; this takes it back: ${run}`));
  return { missing: all, edits, hasStarted: isStill };
}

/** What is gone of containers and networks, and whether some of the rest does not run or is not in its place. */
interface EngineFindings {
  readonly gone: readonly Missing[];
  readonly isStill: boolean;
}

/** @throws UserError if the engine does not answer, or if containers would be lost and the user has not agreed */
async function lookAtEngine(scene: LookScene, journal: HealJournal, options: LossOptions): Promise<EngineFindings> {
  const { owner, env } = scene.session;
  const found = await findLeftovers(owner, env);
  const lost = lostNetworks(scene, found.own);
  const givenUp = lost.length === 0 ? [] : await restoreOrGiveUp(lost, scene, journal, options);
  const { own } = lost.length === 0 ? found : await findLeftovers(owner, env);
  const isStill = !isAllRunning(scene, own) || (await unplugged(scene, own)).length > 0;
  return { gone: [...missingThings(scene, own), ...givenUp], isStill: isStill && givenUp.length === 0 };
}

/** @throws UserError that names the objects */
function assertNothingTaken(taken: readonly Taken[], session: Session): void {
  if (taken.length > 0) {
    const what = taken.map(describeTaken).join("; ");
    throw new UserError(`stack ${session.stack}: nothing was updated: ${what}, then run ${labCommand("up", session)}`);
  }
}

/** @throws UserError that names the clusters that do not answer */
async function assertAnswering(
  silent: Awaited<ReturnType<typeof silentClusters>>,
  { outputs, session }: LookScene,
): Promise<void> {
  if (silent.length > 0) {
    const names = silent.map(({ cluster }) => cluster.name).join(", ");
    const said = silent[0]?.result.actual?.split("\n").at(-1) ?? "";
    const remedy = (await detourOf(outputs, session.env)) ?? `${labCommand("heal", session)} repairs that`;
    throw new UserError(`cluster ${names}: the API server does not answer (${said}); ${remedy}`);
  }
}

/** @throws UserError if a container or one of the clusters cannot be brought back */
async function start(made: LookScene, clusters: LabOutputs["clusters"], journal: HealJournal): Promise<void> {
  const { session, outputs } = made;
  const scene = {
    ...{ made, journal, owner: session.owner, outputs: { ...outputs, clusters } },
    workstation: workstationOf(outputs, session.env),
    signal: new AbortController().signal,
  };
  for (const stage of [plugIn, startContainers, awaitClusters]) {
    const { failed } = await stage(scene);
    if (failed.length > 0) {
      throw new UserError(failed.map(reason).join("\n"));
    }
  }
}

/**
 * Tells which edits of the user's an update leaves.
 * @param touched what the update changes or recreates
 */
export function tellLeftEdits(
  edits: readonly Edit[],
  touched: readonly { readonly urn: string }[],
  session: Session,
): void {
  const left = edits.filter(({ urn }) => !touched.some((one) => one.urn === urn));
  if (left.length > 0) {
    tell(`${describeEdits(left)}; left as it is: ${labCommand("heal", session)} says how to discard that`);
  }
}

/** A failure of a repair as a line for people, with what was said below it. */
export function reason({ name, actual = "" }: CheckResult): string {
  const said = actual.replace(/^exit code \d+\n/, "");
  return `${name}: ${said.replaceAll("\n", "\n  ")}`;
}
