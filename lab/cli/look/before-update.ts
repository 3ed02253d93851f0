import { awaitClusters } from "../heal/clusters";
import { startContainers } from "../heal/containers";
import { HealJournal } from "../heal/journal";
import { plugIn } from "../heal/networks";
import type { CheckResult } from "../verify/expectation";
import { findLeftovers } from "../leftovers";
import type { Session } from "../session";
import { tell, terminalOf } from "../terminal";
import { UserError } from "../user-error";
import { workstationOf } from "../verify/command-runner";
import { isAllRunning, lookScene, missingInClusters, missingThings, type LookScene, type Missing } from "./look";
import { unplugged } from "./unplugged";

/**
 * Looks whether all is there that an earlier `up` has made: Pulumi compares the program with its own state, and sees nothing of what somebody else
 * has removed. Containers that do not run are started, and those that are off their network come back to it. Takes about half a second if all
 * is there.
 * @returns what the update has to make anew
 * @throws UserError if the engine or a cluster does not answer
 */
export async function lookBeforeUpdate(session: Session): Promise<readonly Missing[]> {
  const scene = lookScene(session);
  if (scene === undefined) {
    return [];
  }
  const { own } = await findLeftovers(session.owner, session.env);
  const gone = missingThings(scene, own);
  const isStill = !isAllRunning(scene, own) || (await unplugged(scene, own)).length > 0;
  if (gone.length === 0 && isStill) {
    await start(scene);
  }
  const missing = [...gone, ...(await missingInClusters(scene, gone))];
  missing.forEach(({ what }) => tell(`gone, and made anew: ${what}`));
  return missing;
}

/** @throws UserError if a container or a cluster cannot be brought back */
async function start(made: LookScene): Promise<void> {
  const { session, outputs } = made;
  const scene = {
    made,
    owner: session.owner,
    outputs,
    workstation: workstationOf(outputs, session.env),
    signal: new AbortController().signal,
    journal: new HealJournal(process.stderr, terminalOf(process.stderr)),
  };
  for (const stage of [plugIn, startContainers, awaitClusters]) {
    const { failed } = await stage(scene);
    if (failed.length > 0) {
      throw new UserError(failed.map(reason).join("\n"));
    }
  }
}

function reason({ name, expected = "", actual = "" }: CheckResult): string {
  return `${name}: ${expected} was expected; ${actual.replaceAll("\n", "; ")}`;
}
