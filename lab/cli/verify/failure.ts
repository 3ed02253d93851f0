import { labCommand } from "../stack/lab-command";
import { findLeftovers, type EngineThing } from "../docker/leftovers";
import { nodeContainer } from "../../../infra/core/names";
import { lookIntoClusters } from "../look/clusters";
import { detourOf } from "../look/detour";
import { describeEdits } from "../look/edits";
import { lookScene, missingThings, wantedContainers, type LookScene } from "../look/look";
import { stoppedServices } from "../look/node-services";
import { unplugged } from "../look/unplugged";
import type { Session } from "../pulumi/session";
import { someNames } from "../ui/some-names";
import { describeAnswer, type CheckResult, type CommandAnswer } from "./expectation";

/** What of a lab is gone or does not run as the lab made it, and how that is repaired. */
export interface Loss {
  /** A line for each kind, e.g. `gone: Deployment istioinaction/catalog`. */
  readonly lines: readonly string[];
  /** Something is gone: kubectl's words for it say no more. */
  readonly isGone: boolean;
  /** A line to paste. */
  readonly repair: string;
}

/** How many things of a kind are named. */
const NAMED = 4;

/** kubectl's own words for what is not there. */
const NOT_FOUND =
  /^(Error from server \(NotFound\)|error: the server doesn't have a resource type|No resources found|error: no matching resources)/;

/**
 * Tells what of the lab is gone, and what does not run as the lab made it, e.g. a Deployment that is scaled down. Looks once, when it is asked first.
 * @returns undefined if nothing is, or if nobody can tell: the lab is not on this machine, its state is elsewhere, or a cluster does not answer
 */
export function lossesOf(session: Session): () => Promise<Loss | undefined> {
  let looked: Promise<Loss | undefined> | undefined;
  return () => (looked ??= look(session));
}

async function look(session: Session): Promise<Loss | undefined> {
  try {
    const scene = lookScene(session);
    if (scene === undefined) {
      return undefined;
    }
    const { own } = await findLeftovers(session.owner, session.env);
    const things = missingThings(scene, own);
    const [{ missing, troubles, edits }, machines, detour] = await Promise.all([
      // A cluster whose node is paused does not answer.
      lookIntoClusters(scene, things).catch(() => ({ missing: [], troubles: [], edits: [] })),
      machineTroubles(scene, own),
      detourOf(scene.outputs, session.env),
    ]);
    const gone = [...things, ...missing].map(({ what }) => what);
    const other = [...machines, ...troubles.map(({ what }) => what)];
    const lines = [
      ...(detour === undefined ? [] : [detour]),
      ...(gone.length > 0 ? [`gone: ${someNames(gone, NAMED)}`] : []),
      ...(other.length > 0 ? [someNames(other, NAMED)] : []),
      ...(edits.length > 0 ? [describeEdits(edits)] : []),
    ];
    return lines.length === 0 ? undefined : { lines, isGone: gone.length > 0, repair: labCommand("heal", session) };
  } catch {
    // What keeps us from looking has most likely made the check fail, and is in its answer.
    return undefined;
  }
}

/** Which of the lab's containers are paused, stopped or off their network, and which services of nodes are stopped. */
async function machineTroubles(scene: LookScene, own: readonly EngineThing[]): Promise<readonly string[]> {
  const { session, outputs } = scene;
  const idle = wantedContainers(scene, own).filter(({ state }) => state !== "running");
  const off = await unplugged(scene, own);
  const nodes = outputs.clusters.map(nodeContainer);
  const services = await Promise.all(
    nodes
      .filter((node) => !idle.some(({ name }) => name === node))
      .map(async (node) => (await stoppedServices(node, session.env)).map((what) => `${what} on the node ${node}`)),
  );
  return [
    ...idle.map(({ name, state = "" }) => `container ${name} is ${state}`),
    ...off.map(({ container, network, isMoved }) =>
      isMoved
        ? `container ${container} has another address on the network ${network}`
        : `container ${container} is not on the network ${network}`,
    ),
    ...services.flat(),
  ];
}

/**
 * What the result of a failed check says of the failure: what of the lab is gone or does not run comes first. If something is gone, kubectl's words for
 * it are left out.
 * @param clues what may be the reason otherwise
 */
export async function describeFailure(
  answer: CommandAnswer,
  losses: (() => Promise<Loss | undefined>) | undefined,
  clues: readonly string[] = [],
): Promise<Pick<CheckResult, "actual" | "repair">> {
  const loss = await losses?.();
  if (loss === undefined) {
    return { actual: [describeAnswer(answer), ...clues].join("\n") };
  }
  if (!loss.isGone) {
    return { actual: [...loss.lines, describeAnswer(answer), ...clues].join("\n"), repair: loss.repair };
  }
  const said = answer.stderr.split("\n").filter((line) => !NOT_FOUND.test(line));
  const rest = { ...answer, stderr: said.join("\n") };
  const saysNothing = `${rest.stdout}${rest.stderr}`.trim() === "";
  const actual = [...loss.lines, ...(saysNothing ? [] : [describeAnswer(rest)]), ...clues].join("\n");
  return { actual, repair: loss.repair };
}
