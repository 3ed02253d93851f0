import { describeObject, type ObjectName } from "../../../infra/core/made";
import { shellQuote } from "../../../infra/core/shell";
import type { AccessCluster } from "../../program/outputs";
import { lookIntoClusters } from "../look/clusters";
import type { ExpectedObject } from "../look/expected";
import { listObjects } from "../look/objects";
import { changeTime, outdatedReason, type OutdatedReason } from "../look/sidecars";
import { pasteable } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import { CONFIG_MAP, SYSTEM } from "./ca-secret";
import { runRemedy } from "./commands";
import type { HealReport, HealScene, Repaired } from "./scene";
import { editedFailure } from "./users-objects";

/** How long all workloads of a cluster may take to restart, in seconds. */
const RESTART_SECONDS = 240;

/** How long one of them may take, in seconds. */
const ROLLOUT_SECONDS = 100;

/** A workload of the lab whose pods are to be recreated. */
interface Outdated {
  readonly cluster: AccessCluster;
  readonly urn: string;
  readonly object: ObjectName;
  readonly reason: OutdatedReason;
}

/**
 * Restarts workloads of the lab that ask for a sidecar and have none, and those whose sidecar is older than the root certificate that istiod gives
 * out: Istio puts a sidecar into new pods only, and a sidecar keeps its certificate for a day. What the user has made stays.
 * @throws UserError if a cluster does not answer, or if something cannot be recreated
 */
export async function renewSidecars(scene: HealScene): Promise<HealReport> {
  const found = await outdatedWorkloads(scene);
  const repaired: Repaired[] = [];
  for (const cluster of scene.outputs.clusters) {
    const here = found.filter((one) => one.cluster === cluster);
    if (here.length === 0) {
      continue;
    }
    scene.journal.line(`${cluster.name}: ${wordsOf(here)}`, "yellow");
    const failures = await startAgain(cluster, here, scene);
    if (failures.length > 0) {
      return { repaired, failed: failures };
    }
    const done = `restarted in ${cluster.name}: ${wordsOf(here)}`;
    repaired.push({ name: `${cluster.name}-sidecars`, done });
    scene.journal.line(done, "green");
  }
  const left = found.length === 0 || scene.signal.aborted ? [] : await outdatedWorkloads(scene);
  const failed = [...new Set(left.map(({ cluster }) => cluster))].map((cluster) => failureOf(cluster, left, scene));
  return { repaired: repaired.filter((one) => !failed.some(({ name }) => name === one.name)), failed };
}

/** `Deployment a/b, Deployment a/c (no sidecar); Deployment d/e (certificates of an earlier root)` */
function wordsOf(outdated: readonly Outdated[]): string {
  const reasons = [...new Set(outdated.map(({ reason }) => reason))];
  const named = (reason: OutdatedReason) =>
    outdated.filter((one) => one.reason === reason).map(({ object }) => describeObject(object));
  return reasons.map((reason) => `${named(reason).join(", ")} (${reason})`).join("; ");
}

async function outdatedWorkloads(scene: HealScene): Promise<readonly Outdated[]> {
  const found = await Promise.all(scene.outputs.clusters.map((cluster) => outdatedIn(cluster, scene)));
  return found.flat();
}

/** Pods of their own can only be recreated by Pulumi. */
async function outdatedIn(
  cluster: AccessCluster,
  { standing, made, workstation }: HealScene,
): Promise<readonly Outdated[]> {
  const { kubeconfigFile } = cluster;
  const kinds = made === undefined ? ["Deployment"] : ["Deployment", "Pod"];
  const workloads = standing.expected.objects.filter(
    (one) => one.kubeconfigFile === kubeconfigFile && kinds.includes(one.object.kind),
  );
  if (workloads.length === 0) {
    return [];
  }
  const [found, roots] = await Promise.all([
    listObjects(kubeconfigFile, ["Deployment.v1.apps", "Pod.v1.", "Namespace.v1."], workstation.env),
    listObjects(kubeconfigFile, ["ConfigMap.v1."], workstation.env, [
      ...["--field-selector", `metadata.name=${CONFIG_MAP},metadata.namespace=${SYSTEM}`],
      "--show-managed-fields",
    ]),
  ]);
  const rootTime = Math.max(...roots.map(changeTime));
  return workloads.flatMap(({ urn, object }: ExpectedObject) => {
    const reason = outdatedReason(object, found, rootTime);
    return reason === undefined ? [] : [{ cluster, urn, object, reason }];
  });
}

/** @returns the failures, with kubectl's own words; none if it worked */
async function startAgain(
  cluster: AccessCluster,
  outdated: readonly Outdated[],
  scene: HealScene,
): Promise<readonly CheckResult[]> {
  const ofKind = (kind: string) => outdated.filter(({ object }) => object.kind === kind);
  const kept = await recreatePods(ofKind("Pod"), scene);
  const rollout = (verb: string) => (one: Outdated) => {
    const { namespace = "default", name } = one.object;
    return `kubectl --namespace ${shellQuote(namespace)} rollout ${verb} ${shellQuote(`deployment/${name}`)}`;
  };
  const deployments = ofKind("Deployment");
  const waits = deployments.map(rollout("status")).map((line) => `${line} --timeout ${ROLLOUT_SECONDS}s`);
  const run = [...deployments.map(rollout("restart")), ...waits].join("\n");
  const about = { name: `${cluster.name}-sidecars`, shows: SHOWS, source: "" };
  const failure = await runRemedy(about, { on: "cluster", cluster: cluster.name, run }, RESTART_SECONDS, scene);
  return [...kept, ...(failure ? [failure] : [])];
}

/** A pod of its own cannot be restarted: it is recreated, unless the user has edited it. @returns those, as failures */
async function recreatePods(pods: readonly Outdated[], scene: HealScene): Promise<readonly CheckResult[]> {
  if (pods.length === 0) {
    return [];
  }
  const { edits } = await lookIntoClusters(scene.standing);
  const editOf = ({ urn }: Outdated) => edits.find((edit) => edit.urn === urn);
  const free = pods.filter((pod) => editOf(pod) === undefined);
  if (free.length > 0) {
    await scene.bringBack(free.map(({ urn, object }) => ({ urn, what: describeObject(object) })));
  }
  return pods.flatMap((pod) => {
    const edit = editOf(pod);
    const what = `${describeObject(pod.object)} has ${pod.reason}`;
    return edit === undefined ? [] : [editedFailure({ ...edit, what, wanted: SHOWS }, scene)];
  });
}

const SHOWS = "workloads of the lab have sidecars with certificates of the mesh's root";

function failureOf(cluster: AccessCluster, left: readonly Outdated[], { workstation }: HealScene): CheckResult {
  const here = left.filter((one) => one.cluster === cluster);
  const namespaces = [...new Set(here.map(({ object }) => object.namespace ?? "default"))];
  const run = namespaces.map((name) => `kubectl --namespace ${shellQuote(name)} get pods,events`).join("; ");
  return {
    name: `${cluster.name}-sidecars`,
    shows: SHOWS,
    source: "",
    outcome: "fail",
    seconds: 0,
    expected: SHOWS,
    actual: wordsOf(here),
    command: pasteable({ on: "cluster", cluster: cluster.name, run }, workstation),
  };
}
