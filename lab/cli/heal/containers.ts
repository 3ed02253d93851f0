import { shellQuote } from "../../../infra/core/shell";
import { findLeftovers } from "../docker/leftovers";
import { wantedContainers } from "../look/look";
import { repairContainers, type CommandScene } from "./commands";
import type { HealReport, HealScene } from "./scene";
import { nameHolders } from "./taken-places";

/** How long Docker may take to start a container, in seconds. */
const START_SECONDS = 60;

/** What brings a container back that is in one of Docker's states, and what was then done. */
const REMEDIES: Readonly<Record<string, { readonly verb: string; readonly done: string }>> = {
  paused: { verb: "unpause", done: "continued" },
  exited: { verb: "start", done: "started" },
  created: { verb: "start", done: "started" },
  dead: { verb: "start", done: "started" },
};

/**
 * Starts the stack's containers that are stopped, and continues those that are paused. What a killed `docker run` has left, and the stack's
 * state does not know, is the next `up`'s to remove.
 * @throws UserError if the engine does not answer
 */
export async function startContainers(scene: CommandScene & Pick<HealScene, "owner" | "made">): Promise<HealReport> {
  const { owner, made, workstation, journal } = scene;
  const { own, attached } = await findLeftovers(owner, workstation.env);
  const containers = wantedContainers(made, own);
  // One after another, the oldest first: Docker gives addresses out in the order of the starts.
  const deeds = containers.flatMap(({ name, state = "" }) => {
    const remedy = REMEDIES[state];
    return remedy === undefined
      ? []
      : {
          container: name,
          shows: `the container ${name} runs`,
          run: `docker ${remedy.verb} ${shellQuote(name)}`,
          seconds: START_SECONDS,
          done: `the container ${name} was ${remedy.done}`,
        };
  });
  const report = await repairContainers(deeds, scene);
  if (report.repaired.length + report.failed.length === 0) {
    journal.line(`all containers of the stack run: ${containers.length}`);
  }
  return nameHolders(report, attached, workstation.env);
}
