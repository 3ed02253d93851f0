import { resourceName } from "../pulumi/engine-events";
import { lostResources } from "../update/settled";
import type { HealReport, HealScene } from "./scene";
import { someNames } from "../ui/some-names";

/** So many are named in one line. */
const NAMED = 3;

/**
 * Recreates what somebody has taken out of Pulumi's state, e.g. by a plain `pulumi destroy --target`: nothing else knows that it was there.
 * @throws UserError if it cannot be recreated
 */
export async function completeState({ standing, journal, bringBack }: HealScene): Promise<HealReport> {
  const names = lostResources(standing.session).map(resourceName);
  if (names.length === 0) {
    return { repaired: [], failed: [] };
  }
  const what = someNames(names, NAMED);
  journal.line(`gone from Pulumi's state: ${what}`, "yellow");
  await bringBack([]);
  return { repaired: [{ name: "state", done: `${what} was created again` }], failed: [] };
}
