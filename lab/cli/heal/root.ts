import { realClock } from "../../../infra/core/clock";
import type { AccessCluster } from "../../program/outputs";
import { pasteable } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import { CONFIG_MAP, KEY, listNamed, readCaSecret, rootOfSecret, SECRET, SYSTEM } from "./ca-secret";
import { fingerprint, isSameCertificate } from "./certificate";
import { runRemedy } from "./commands";
import { rootsApart } from "./roots-apart";
import type { HealReport, HealScene, Repaired } from "./scene";

/** How long istiod may take to restart, in seconds. */
const RESTART_SECONDS = 120;

/** How long a new istiod is given to write the root into every namespace, in seconds. */
const ROOT_SECONDS = 60;

/** Between two looks, in milliseconds. */
const PAUSE = 1000;

/**
 * Makes istiod take its CA from the Secret `cacerts` again. It reads that at its start: if it was gone then, istiod signs by a root of its own, which
 * the other clusters do not trust. The sidecars' certificates are left to `renewSidecars`. If the Secrets of the clusters have different roots, nobody can
 * tell here which is wanted, and nothing is restarted.
 * @throws UserError if a cluster does not answer
 */
export async function restoreRoot(scene: HealScene): Promise<HealReport> {
  const clusters = scene.outputs.clusters.filter((cluster) => hasSharedRoot(cluster, scene));
  const apart = await rootsApart(clusters, scene);
  if (apart) {
    return { repaired: [], failed: [apart] };
  }
  const areRight = await Promise.all(
    clusters.map(async (cluster) => (await otherRoots(cluster, [SYSTEM], scene)).length === 0),
  );
  const repaired: Repaired[] = [];
  const failed: CheckResult[] = [];
  for (const cluster of clusters.filter((_, index) => areRight[index] === false)) {
    const failure = await restartIstiod(cluster, scene);
    if (failure) {
      failed.push(failure);
      continue;
    }
    const done = `istiod of ${cluster.name} was restarted: it signed by another root than that of the Secret ${SECRET}`;
    repaired.push({ name: `${cluster.name}-root`, done });
    scene.journal.line(done, "green");
  }
  return { repaired, failed };
}

/** Only a lab that has made the Secret says which root is right. */
function hasSharedRoot({ kubeconfigFile }: AccessCluster, { standing }: HealScene): boolean {
  return standing.expected.objects.some(
    (one) => one.kubeconfigFile === kubeconfigFile && one.object.kind === "Secret" && one.object.name === SECRET,
  );
}

/** Of some namespaces, those in which istiod has another root than that of the Secret. None if the Secret holds no certificate. */
async function otherRoots(
  { kubeconfigFile }: AccessCluster,
  namespaces: readonly string[],
  { workstation: { env } }: HealScene,
): Promise<readonly string[]> {
  const [secret, maps] = await Promise.all([
    readCaSecret(kubeconfigFile, env),
    listNamed(kubeconfigFile, "ConfigMap", CONFIG_MAP, env),
  ]);
  const wanted = rootOfSecret(secret);
  const rootOf = (namespace: string) =>
    maps.find(({ metadata }) => metadata.namespace === namespace)?.data?.[KEY] ?? "";
  return fingerprint(wanted) === undefined
    ? []
    : namespaces.filter((namespace) => !isSameCertificate(wanted, rootOf(namespace)));
}

/** @returns why it has not the right root all the same */
async function restartIstiod(cluster: AccessCluster, scene: HealScene): Promise<CheckResult | undefined> {
  const { standing, journal, signal, workstation } = scene;
  const wanted = {
    name: `${cluster.name}-root`,
    shows: `istiod of ${cluster.name} signs by the root of the lab`,
    source: "",
  };
  journal.line(`istiod of ${cluster.name} signs by another root than that of the Secret ${SECRET}`, "yellow");
  const rollout = `kubectl --namespace ${SYSTEM} rollout`;
  const run = `${rollout} restart deployment/istiod\n${rollout} status deployment/istiod --timeout ${RESTART_SECONDS - 10}s`;
  const failure = await runRemedy(wanted, { on: "cluster", cluster: cluster.name, run }, RESTART_SECONDS, scene);
  if (failure) {
    return failure;
  }
  const made = standing.expected.objects.filter((one) => one.kubeconfigFile === cluster.kubeconfigFile);
  const namespaces = made.flatMap(({ object }) =>
    object.kind === "Deployment" ? (object.namespace ?? "default") : [],
  );
  const left = await journal.during(
    new Set([wanted.name]),
    untilSame(() => otherRoots(cluster, [...new Set([SYSTEM, ...namespaces])], scene), signal),
  );
  const show = `kubectl get configmap --all-namespaces --field-selector metadata.name=${CONFIG_MAP}`;
  return left.length === 0
    ? undefined
    : {
        ...wanted,
        outcome: signal.aborted ? "skipped" : "fail",
        seconds: ROOT_SECONDS,
        expected: `the ConfigMap ${CONFIG_MAP} of every namespace holds the root of the Secret ${SECRET}`,
        actual: `another root in ${left.join(", ")}`,
        command: pasteable({ on: "cluster", cluster: cluster.name, run: show }, workstation),
      };
}

/** @returns where the root is another one when the time is over */
async function untilSame(look: () => Promise<readonly string[]>, signal: AbortSignal): Promise<readonly string[]> {
  const deadline = realClock.now() + ROOT_SECONDS * 1000;
  let left = await look();
  while (left.length > 0 && realClock.now() < deadline && !signal.aborted) {
    await realClock.pause(PAUSE);
    left = await look();
  }
  return left;
}
