import { platformNamed } from "../../program/platforms/platforms";
import { realClock } from "../../../infra/core/clock";
import { describeObject } from "../../../infra/core/made";
import { nodeContainer } from "../../../infra/core/names";
import { shellQuote } from "../../../infra/core/shell";
import { lookIntoClusters } from "../look/clusters";
import type { Trouble } from "../look/ready";
import { pasteable } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import { awaitClusters, restartNode } from "./clusters";
import { applyRemedies, putBack } from "./remedies";
import type { HealReport, HealScene, Repaired } from "./scene";
import { editedFailure, isEdited } from "./users-objects";

/** How long what has just been started or put back is given to become ready, in seconds. */
const READY_SECONDS = 90;

/** Between two looks, in milliseconds. */
const PAUSE = 1000;

/**
 * Makes what the lab has made in its clusters run as it was made: nodes take pods, and workloads have their replicas. Those that do not become ready
 * by themselves are recreated, unless the user has edited them or the cluster refuses their pods. More replicas than the manifest asks for stay.
 * @throws UserError if a cluster does not answer, or if something cannot be recreated
 */
export async function makeReady(scene: HealScene): Promise<HealReport> {
  const { journal } = scene;
  const first = (await lookIntoClusters(scene.standing)).troubles;
  if (first.length === 0) {
    journal.line("the nodes take pods, and all workloads of the lab are ready");
    return { repaired: [], failed: [] };
  }
  const { repaired, failed: refused } = await applyRemedies(first, scene);
  if (refused.length > 0) {
    return { repaired, failed: refused };
  }
  const waiting = first.filter(({ remedy }) => remedy === undefined).map(({ object }) => describeObject(object));
  if (waiting.length > 0) {
    journal.notReady(waiting);
  }
  const left = await untilReady(scene);
  if (left.length === 0 || scene.signal.aborted) {
    return { repaired, failed: [] };
  }
  left.forEach(({ what }) => journal.line(what, "yellow"));
  const kept = left.filter((one) => one.isRefused === true || (scene.made && isEdited(one)));
  const { repaired: restarted, failed } = await startAgain(
    left.filter((one) => !kept.includes(one)),
    scene,
  );
  if (failed.length > 0 || kept.length > 0) {
    const untouched = kept.map((one) => (one.isRefused ? failureOf(one, scene) : editedFailure(one, scene)));
    return { repaired: [...repaired, ...restarted], failed: [...failed, ...untouched] };
  }
  const still = await untilReady(scene);
  const names = new Set(still.map(({ object }) => describeObject(object)));
  return {
    repaired: [...repaired, ...restarted.filter(({ name }) => !names.has(name))],
    failed: still.map((trouble) => failureOf(trouble, scene)),
  };
}

/**
 * Waits until all runs that is not as the user wants it: neither scaled nor cordoned nor edited.
 * @throws UserError if a cluster does not answer
 */
export async function awaitReady(scene: HealScene): Promise<HealReport> {
  const left = await untilReady(scene, (one) => one.remedy === undefined && !isEdited(one));
  return { repaired: [], failed: left.map((trouble) => failureOf(trouble, scene)) };
}

/**
 * @param counts whether a trouble is waited for. Default: each is
 * @returns what is not ready when the time is over
 */
async function untilReady(
  scene: HealScene,
  counts: (trouble: Trouble) => boolean = () => true,
): Promise<readonly Trouble[]> {
  const deadline = realClock.now() + READY_SECONDS * 1000;
  const open = new Set<string>();
  const lookOnce = async () => (await lookIntoClusters(scene.standing)).troubles.filter(counts);
  const look = async () => {
    let troubles = await lookOnce();
    while (troubles.length > 0 && realClock.now() < deadline && !scene.signal.aborted) {
      open.clear();
      troubles.forEach(({ object }) => open.add(describeObject(object)));
      await realClock.pause(PAUSE);
      troubles = await lookOnce();
    }
    return troubles;
  };
  return scene.journal.during(open, look());
}

/** What does not become ready by itself: nodes are restarted, workloads of the lab recreated by their resources, and others by Kubernetes. */
async function startAgain(left: readonly Trouble[], scene: HealScene): Promise<HealReport> {
  const repaired: Repaired[] = [];
  const done = (trouble: Trouble, text: string) => {
    repaired.push({ name: describeObject(trouble.object), done: text });
    scene.journal.line(text, "green");
  };
  const nodes = left.filter(({ object }) => object.kind === "Node");
  for (const trouble of platformNamed(scene.outputs.platform).isOnEngine ? nodes : []) {
    const node = nodeContainer(trouble.cluster);
    const failure = await restartNode(node, { name: node, shows: trouble.wanted, source: "" }, scene);
    const failed = failure ? [failure] : (await awaitClusters(scene)).failed;
    if (failed.length > 0) {
      return { repaired, failed };
    }
    done(trouble, `the node ${node} was restarted`);
  }
  // What is in a node that was not ready had no chance. A namespace that is recreated would lose all that is in it.
  const workloads = nodes.length > 0 ? [] : left.filter(({ object }) => object.kind !== "Namespace");
  const made = workloads.flatMap((one) => (scene.made && one.urn !== undefined ? [{ ...one, urn: one.urn }] : []));
  if (made.length > 0) {
    await scene.bringBack(made);
    made.forEach((trouble) => done(trouble, `${describeObject(trouble.object)} was created again`));
  }
  for (const trouble of workloads.filter((one) => !made.some(({ object }) => object === one.object))) {
    const { kind, namespace = "default", name } = trouble.object;
    const run = `kubectl --namespace ${shellQuote(namespace)} rollout restart ${shellQuote(`${kind}/${name}`)}`;
    const text = `${describeObject(trouble.object)} was restarted`;
    const failure = await putBack(trouble, { run, done: text }, scene);
    if (failure) {
      return { repaired, failed: [failure] };
    }
    repaired.push({ name: describeObject(trouble.object), done: text });
  }
  return { repaired, failed: [] };
}

function failureOf({ cluster, object, what, wanted }: Trouble, { workstation, signal }: HealScene): CheckResult {
  const where = object.namespace === undefined ? "" : `--namespace ${shellQuote(object.namespace)} `;
  const run = `kubectl ${where}describe ${shellQuote(`${object.kind}/${object.name}`)}`;
  return {
    name: describeObject(object),
    outcome: signal.aborted ? "skipped" : "fail",
    seconds: READY_SECONDS,
    shows: wanted,
    source: "",
    expected: wanted,
    actual: what,
    command: pasteable({ on: "cluster", cluster: cluster.name, run }, workstation),
  };
}
