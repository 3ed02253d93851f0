import { annotationOf } from "../annotations";
import { numberOf, textOf, type Manifest } from "../manifest";
import { conditionOf, describeCondition, isTrue } from "./condition";
import { selectedPods } from "./pod";
import { ready, waiting, type Readiness, type ReadinessRule } from "./readiness";

const notObserved = waiting("Waiting for the controller to see the new version");

function isObserved(live: Manifest): boolean {
  return (numberOf(live, "status", "observedGeneration") ?? 0) >= (numberOf(live, "metadata", "generation") ?? 1);
}

function countOf(live: Manifest, field: string): number {
  return numberOf(live, "status", field) ?? 0;
}

/** A Deployment is ready when its newest pods are, all of them, and the rollout is over. */
export const deploymentReadiness: ReadinessRule = {
  companionsOf: selectedPods,
  companionsOnlyExplain: true,
  assess: ({ live }): Readiness => {
    if (!isObserved(live)) {
      return notObserved;
    }
    const wanted = numberOf(live, "spec", "replicas") ?? 1;
    const progressing = conditionOf(live, "Progressing");
    const available = conditionOf(live, "Available");
    if (progressing?.status === "False") {
      return waiting(describeCondition(progressing));
    }
    const updated = countOf(live, "updatedReplicas");
    const complete = updated >= wanted && countOf(live, "readyReplicas") >= wanted;
    // The first revision replaces nothing, so its rollout need not be reported as complete.
    const first = annotationOf(live, "deployment.kubernetes.io/revision") === "1";
    if (complete && isTrue(available) && (first || progressing?.reason === "NewReplicaSetAvailable")) {
      return ready;
    }
    const count = Math.min(updated, countOf(live, "readyReplicas"));
    return waiting(`Waiting for app ReplicaSet to be available (${String(count)}/${String(wanted)} Pods available)`);
  },
};

/** A StatefulSet is ready when all its pods are, in its newest revision as far as its strategy brings them there. */
export const statefulSetReadiness: ReadinessRule = {
  companionsOf: selectedPods,
  companionsOnlyExplain: true,
  assess: ({ live }): Readiness => {
    if (!isObserved(live)) {
      return notObserved;
    }
    const wanted = numberOf(live, "spec", "replicas") ?? 1;
    const readyReplicas = countOf(live, "readyReplicas");
    if (readyReplicas < wanted) {
      return waiting(`Waiting for StatefulSet to be ready (${String(readyReplicas)}/${String(wanted)} Pods ready)`);
    }
    if (textOf(live, "spec", "updateStrategy", "type") === "OnDelete") {
      return ready;
    }
    const partition = numberOf(live, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
    const toUpdate = Math.max(wanted - partition, 0);
    const updated =
      textOf(live, "status", "updateRevision") === textOf(live, "status", "currentRevision")
        ? wanted
        : countOf(live, "updatedReplicas");
    return updated >= toUpdate
      ? ready
      : waiting(`Waiting for StatefulSet update to roll out (${String(updated)}/${String(toUpdate)} Pods updated)`);
  },
};

/** A DaemonSet is ready when every node that wants its pod has an available one of the newest version. */
export const daemonSetReadiness: ReadinessRule = {
  companionsOf: selectedPods,
  companionsOnlyExplain: true,
  assess: ({ live }): Readiness => {
    if (!isObserved(live)) {
      return notObserved;
    }
    const wanted = countOf(live, "desiredNumberScheduled");
    const updated = countOf(live, "updatedNumberScheduled");
    if (textOf(live, "spec", "updateStrategy", "type") !== "OnDelete" && updated < wanted) {
      return waiting(`Waiting for DaemonSet to roll out (${String(updated)}/${String(wanted)} Pods updated)`);
    }
    const available = countOf(live, "numberAvailable");
    return available >= wanted
      ? ready
      : waiting(`Waiting for DaemonSet to be available (${String(available)}/${String(wanted)} Pods available)`);
  },
};

/** A Job is ready when it is complete. */
export const jobReadiness: ReadinessRule = {
  companionsOf: selectedPods,
  companionsOnlyExplain: true,
  assess: ({ live }): Readiness => {
    const end = conditionOf(live, "Failed");
    if (end?.status === "True") {
      return { state: "failed", message: describeCondition(end) || "Job failed" };
    }
    if (isTrue(conditionOf(live, "Complete"))) {
      return ready;
    }
    const succeeded = countOf(live, "succeeded");
    const wanted = numberOf(live, "spec", "completions") ?? 1;
    return waiting(`Waiting for Job to complete (${String(succeeded)}/${String(wanted)} Pods succeeded)`);
  },
};
