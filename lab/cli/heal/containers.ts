import { ownedName } from "../../../infra/core/names";
import { shellQuote } from "../../../infra/core/shell";
import { dockerLines } from "../docker";
import { findLeftovers } from "../leftovers";
import type { CheckResult } from "../verify/expectation";
import { mend } from "./commands";
import type { HealReport, HealScene, Mended } from "./scene";

/** How long Docker may take to start a container, in seconds. */
const START_SECONDS = 60;

/**
 * Starts the stack's containers that do not run.
 * @throws UserError where the engine does not answer
 */
export async function startContainers(scene: HealScene): Promise<HealReport> {
  const { stack, outputs, workstation, signal, journal } = scene;
  const clusters = outputs.clusters.map(({ name }) => ownedName(stack, name));
  const { containers } = await findLeftovers(stack, clusters, workstation.env);
  const stopped = await stoppedOnes(containers, scene);
  const mended: Mended[] = [];
  const failed: CheckResult[] = [];
  // One after another: Docker gives addresses out in the order of the starts.
  for (const name of signal.aborted ? [] : stopped) {
    const wanted = { name, shows: `the container ${name} runs`, source: "" };
    const failure = await mend(wanted, startCommand(name), START_SECONDS, scene);
    if (failure) {
      failed.push(failure);
    } else {
      const done = `the container ${name} was started`;
      mended.push({ name, done });
      journal.line(done, "green");
    }
  }
  if (stopped.length === 0) {
    journal.line(`all containers of the stack run: ${containers.length}`);
  }
  return { mended, failed };
}

function startCommand(name: string) {
  return { on: "workstation", run: `docker start ${shellQuote(name)}` } as const;
}

/** Names of the containers that do not run, in the order in which they were made. */
async function stoppedOnes(ids: readonly string[], { workstation }: HealScene): Promise<readonly string[]> {
  if (ids.length === 0) {
    return [];
  }
  const format = "{{.Created}} {{.State.Running}} {{.Name}}";
  const lines = await dockerLines(["inspect", "--type", "container", "--format", format, ...ids], workstation.env);
  return [...lines]
    .sort()
    .map((line) => line.split(" "))
    .filter(([, isRunning]) => isRunning === "false")
    .map(([, , name = ""]) => name.replace(/^\//, ""));
}
