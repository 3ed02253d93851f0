import type { Check } from "../../../infra/core/check";
import { look, type CommandScene } from "./commands";
import type { HealReport, HealScene } from "./scene";

/**
 * Waits for the API server of every cluster.
 * @param deadlineSeconds how long they are given, all at once. Default 120
 */
export async function awaitClusters(
  scene: CommandScene & Pick<HealScene, "outputs">,
  deadlineSeconds = 120,
): Promise<HealReport> {
  const checks = scene.outputs.clusters.map(({ name }): Check => ({
    name: `${name}-answers`,
    shows: `the API server of ${name} is ready`,
    source: "",
    // A try of its own time: an API server that comes up may take a connection and never answer it.
    command: { on: "cluster", cluster: name, run: "kubectl --request-timeout 5s get --raw /readyz" },
    expect: {},
    deadlineSeconds,
  }));
  const results = await look(checks, scene);
  return { repaired: [], failed: results.filter(({ outcome }) => outcome !== "pass") };
}
