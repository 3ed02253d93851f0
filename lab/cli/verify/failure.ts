import { labCommand } from "../lab-command";
import { findLeftovers } from "../leftovers";
import { lookIntoClusters, lookScene, missingThings } from "../look/look";
import type { Session } from "../session";
import { describeAnswer, type CheckResult, type CommandAnswer } from "./expectation";

/** What of a lab is gone, and how it comes back. */
export interface Loss {
  /** For people, e.g. `Deployment istioinaction/catalog`. */
  readonly what: string;
  /** A line to paste. */
  readonly repair: string;
}

/** How many things that are gone are named. */
const NAMED = 4;

/** kubectl's own words for what is not there. */
const NOT_FOUND =
  /^(Error from server \(NotFound\)|error: the server doesn't have a resource type|No resources found|error: no matching resources)/;

/**
 * Tells what of the lab is gone. Looks once, when it is asked first.
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
    const all = [...things, ...(await lookIntoClusters(scene, things)).missing].map(({ what }) => what);
    const rest = all.length > NAMED ? ` and ${String(all.length - NAMED)} more` : "";
    return all.length === 0
      ? undefined
      : { what: `${all.slice(0, NAMED).join(", ")}${rest}`, repair: labCommand("heal", session) };
  } catch {
    // What keeps us from looking has most likely made the check fail, and is in its answer.
    return undefined;
  }
}

/**
 * What the result of a failed check says of the failure: if something of the lab is gone, that comes first, and kubectl's words for it are left out.
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
  const said = answer.stderr.split("\n").filter((line) => !NOT_FOUND.test(line));
  const rest = { ...answer, stderr: said.join("\n") };
  const saysNothing = `${rest.stdout}${rest.stderr}`.trim() === "";
  const actual = [`gone: ${loss.what}`, ...(saysNothing ? [] : [describeAnswer(rest)]), ...clues].join("\n");
  return { actual, repair: loss.repair };
}
