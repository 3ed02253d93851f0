import type { Check } from "../../../infra/core/check";
import { nodeContainer } from "../../../infra/core/names";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessCluster } from "../../program/outputs";
import { dockerLines } from "../docker/docker";
import { detourOf } from "../look/detour";
import { runCheck } from "../verify/check-runner";
import type { Workstation } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import { look, runRemedy, type CommandScene } from "./commands";
import type { HealReport, HealScene, Repaired } from "./scene";

/** Seconds for an API server whose node has just been started. */
const START_SECONDS = 120;

/** Seconds for an API server whose node has run for long: what does not answer then has ended, or hangs. */
const HANG_SECONDS = 30;

/** Seconds for a node to stop and start. */
const RESTART_SECONDS = 90;

/** Seconds in which an API server that runs answers, also on a busy machine. */
const QUICK_SECONDS = 8;

function readiness({ name }: Pick<AccessCluster, "name">, deadlineSeconds: number): Check {
  return {
    name: `${name}-answers`,
    shows: `the API server of ${name} is ready`,
    source: "",
    // A try of its own time: an API server that comes up may take a connection and never answer it.
    command: { on: "cluster", cluster: name, run: "kubectl --request-timeout 5s get --raw /readyz" },
    expect: {},
    deadlineSeconds,
  };
}

/**
 * Waits for the API server of every cluster.
 * @param deadlineSeconds how long they are given, all at once. Default 120
 */
export async function awaitClusters(
  scene: CommandScene & Pick<HealScene, "outputs">,
  deadlineSeconds = START_SECONDS,
): Promise<HealReport> {
  const checks = scene.outputs.clusters.map((cluster) => readiness(cluster, deadlineSeconds));
  const results = await look(checks, scene);
  return { repaired: [], failed: results.filter(({ outcome }) => outcome !== "pass") };
}

/**
 * Waits for the API server of every cluster. The node of one that does not answer though it has run for long is restarted: the pods in it come
 * back, and what students have made there stays. A restart is no help if a route leads away from the lab's network.
 */
export async function reviveClusters(scene: CommandScene & Pick<HealScene, "outputs">): Promise<HealReport> {
  const { outputs, workstation, journal, signal } = scene;
  const nodes = outputs.clusters.map(nodeContainer);
  const detour = await detourOf(outputs, workstation.env);
  const patience = Math.max(HANG_SECONDS, START_SECONDS - (await youngest(nodes, workstation.env)));
  const checks = outputs.clusters.map((cluster) => readiness(cluster, detour ? QUICK_SECONDS : patience));
  const results = await look(checks, scene);
  if (detour !== undefined) {
    const silent = results.filter(({ outcome }) => outcome !== "pass");
    return { repaired: [], failed: silent.map((one) => ({ ...one, actual: `${one.actual ?? ""}\n${detour}` })) };
  }
  const repaired: Repaired[] = [];
  const failed: CheckResult[] = [];
  for (const [index, cluster] of outputs.clusters.entries()) {
    const [wanted, node] = [checks[index], nodes[index]];
    if (wanted === undefined || node === undefined || results[index]?.outcome === "pass" || signal.aborted) {
      continue;
    }
    const failure = await restartNode(node, wanted, scene);
    const [again] = failure ? [failure] : await look([{ ...wanted, deadlineSeconds: START_SECONDS }], scene);
    if (again?.outcome === "pass") {
      const done = `the node ${node} was restarted: the API server of ${cluster.name} did not answer`;
      repaired.push({ name: wanted.name, done });
      journal.line(done, "green");
    } else if (again) {
      failed.push(again);
    }
  }
  return { repaired, failed };
}

/**
 * Restarts the container of a node.
 * @returns the failure with docker's own words; undefined if it worked
 */
export async function restartNode(
  node: string,
  wanted: Pick<Check, "name" | "shows" | "source">,
  scene: CommandScene,
): Promise<CheckResult | undefined> {
  scene.journal.line(`restarting the node ${node}`, "yellow");
  const command = { on: "workstation", run: `docker restart ${shellQuote(node)}` } as const;
  return runRemedy(wanted, command, RESTART_SECONDS, scene);
}

/** For how many seconds the container has run that was started last. */
async function youngest(nodes: readonly string[], env: Workstation["env"]): Promise<number> {
  const words = ["container", "inspect", "--format", "{{.State.StartedAt}}", ...nodes];
  // Without an answer no restart works either, and that one tells why.
  const times = await dockerLines(words, env).catch(() => []);
  const ages = times.map((time) => (Date.now() - Date.parse(time)) / 1000).filter(Number.isFinite);
  return Math.min(...ages);
}

/** The clusters whose API server does not answer within a few seconds, each with what was seen last. Nothing is shown meanwhile. */
export async function silentClusters(
  clusters: readonly AccessCluster[],
  workstation: Workstation,
): Promise<readonly { readonly cluster: AccessCluster; readonly result: CheckResult }[]> {
  const options = { signal: new AbortController().signal, onResult: () => undefined };
  const results = await Promise.all(
    clusters.map(async (cluster) => {
      const check = readiness(cluster, QUICK_SECONDS);
      return { cluster, result: await runCheck(check, check.name, workstation, options) };
    }),
  );
  return results.filter(({ result }) => result.outcome !== "pass");
}
