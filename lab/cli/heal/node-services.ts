import { nodeContainer } from "../../../infra/core/names";
import { shellQuote } from "../../../infra/core/shell";
import { stoppedServices } from "../look/node-services";
import { repairContainers, type CommandScene } from "./commands";
import type { HealReport, HealScene } from "./scene";

/** How long a node's services may take to start, in seconds. */
const START_SECONDS = 60;

/**
 * Starts the kubelet and containerd of nodes on which they were stopped. Kubernetes notices only after some 40 s, and shows all pods as ready until
 * then. A node that cannot be asked is left to the stages that follow.
 */
export async function startNodeServices(scene: CommandScene & Pick<HealScene, "outputs">): Promise<HealReport> {
  const { outputs, workstation, journal } = scene;
  const nodes = outputs.clusters.map(nodeContainer);
  const states = await Promise.all(nodes.map((node) => stoppedServices(node, workstation.env)));
  const deeds = nodes.flatMap((node, index) => {
    const stopped = states[index] ?? [];
    if (stopped.length === 0) {
      return [];
    }
    journal.line(`${node}: ${stopped.join(", ")}`, "yellow");
    return {
      container: node,
      shows: `the services of the node ${node} run`,
      run: `docker exec ${shellQuote(node)} systemctl start containerd kubelet`,
      seconds: START_SECONDS,
      done: `the services of the node ${node} were started`,
    };
  });
  return repairContainers(deeds, scene);
}
