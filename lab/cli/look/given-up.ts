import type { HealJournal } from "../heal/journal";
import { remakeNetworks } from "../heal/lost-networks";
import { confirm, type Dialogue } from "../ui/confirm";
import type { LossOptions } from "../update/losses";
import { tell } from "../ui/terminal";
import { workstationOf } from "../verify/command-runner";
import { missingThing, type LookScene, type LostNetwork } from "./look";
import type { Missing } from "./missing";

/**
 * Recreates lost networks at their own addresses. If somebody else has these now, asks whether the lab may be recreated on other ones: its containers
 * cannot move there, and what was done in them is lost.
 * @returns the containers that are given up: the update has to recreate them
 * @throws UserError if the answer is no or nobody can be asked
 */
export async function restoreOrGiveUp(
  lost: readonly LostNetwork[],
  { session, outputs }: LookScene,
  journal: HealJournal,
  { yes, repeat }: LossOptions,
  dialogue?: Dialogue,
): Promise<readonly Missing[]> {
  const scene = { owner: session.owner, workstation: workstationOf(outputs, session.env), journal };
  const { failed } = await remakeNetworks(lost, session, scene);
  const problems = failed.map(({ actual = "" }) => actual);
  if (problems.length === 0) {
    return [];
  }
  const containers = lost
    .filter(({ network }) => failed.some(({ name }) => name === network.name))
    .flatMap(({ containers }) => containers);
  problems.forEach(tell);
  const names = containers.map(({ name }) => `container ${name}`).join(", ");
  const question = `stack ${session.stack}: this removes ${names}, with all that was done there; continue?`;
  await confirm({ what: [], question, yes, repeat }, dialogue);
  return containers.map(missingThing);
}
