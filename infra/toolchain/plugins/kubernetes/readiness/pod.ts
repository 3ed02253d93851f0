import { fieldOf, nameOf, objectOf, objectsOf, numberOf, textOf, type Manifest } from "../manifest";
import { conditionOf, describeCondition, isTrue } from "./condition";
import { failed, ready, waiting, type CompanionQuery, type Readiness, type ReadinessRule } from "./readiness";

/** A Pod is ready when its containers are, or when all of them ended well. */
export const podReadiness: ReadinessRule = {
  assess: ({ live }): Readiness => {
    const phase = textOf(live, "status", "phase");
    if (phase === "Succeeded" || isTrue(conditionOf(live, "Ready"))) {
      return ready;
    }
    const troubles = podTroubles(live);
    if (phase === "Failed") {
      return failed(
        [`Pod failed: ${textOf(live, "status", "message") || textOf(live, "status", "reason")}`, ...troubles].join(
          "; ",
        ),
      );
    }
    return waiting(troubles.join("; ") || `Waiting for Pod to be ready (${phase || "not yet scheduled"})`);
  },
};

// What a container passes through on a good start is no trouble.
const ordinaryReasons: ReadonlySet<string> = new Set(["", "ContainerCreating", "PodInitializing", "Completed"]);

/** Why a pod is not ready, as far as it says: not scheduled, image not pulled, a container that ends again and again. */
export function podTroubles(pod: Manifest): string[] {
  const scheduled = conditionOf(pod, "PodScheduled");
  const unscheduled = scheduled?.status === "False" ? [`[Pod ${nameOf(pod)}]: ${describeCondition(scheduled)}`] : [];
  const statuses = [
    ...objectsOf(pod, "status", "initContainerStatuses"),
    ...objectsOf(pod, "status", "containerStatuses"),
  ];
  return [...unscheduled, ...statuses.flatMap((status) => containerTroubles(pod, status))];
}

/** Why the pods among these objects are not ready, without repetition. */
export function troublesOf(pods: readonly Manifest[]): string[] {
  const starting = pods.filter((pod) => fieldOf(pod, "metadata", "deletionTimestamp") === undefined);
  return [...new Set(starting.flatMap(podTroubles))];
}

function containerTroubles(pod: Manifest, status: Manifest): string[] {
  const subject = `[Pod ${nameOf(pod)}]: containers with unready status: [${textOf(status, "name")}]`;
  const waitingState = objectOf(status, "state", "waiting");
  const waitingReason = textOf(waitingState, "reason");
  if (!ordinaryReasons.has(waitingReason)) {
    const last = lastEnd(status);
    return [
      [subject, `[${waitingReason}] ${textOf(waitingState, "message")}`.trim(), last]
        .filter((part) => part !== "")
        .join(" -- "),
    ];
  }
  const ended = objectOf(status, "state", "terminated");
  const exitCode = numberOf(ended, "exitCode");
  return exitCode === undefined || exitCode === 0 ? [] : [`${subject} -- ${describeEnd(ended, exitCode)}`];
}

function lastEnd(status: Manifest): string {
  const last = objectOf(status, "lastState", "terminated");
  const exitCode = numberOf(last, "exitCode");
  return exitCode === undefined ? "" : `last time: ${describeEnd(last, exitCode)}`;
}

function describeEnd(ended: Manifest, exitCode: number): string {
  const message = textOf(ended, "message");
  return `[${textOf(ended, "reason") || "Error"}] exit code ${String(exitCode)}${message === "" ? "" : `: ${message}`}`;
}

/** The pods that a workload selects. */
export function selectedPods(live: Manifest): CompanionQuery | undefined {
  const labels = objectOf(live, "spec", "selector", "matchLabels");
  const labelSelector = Object.keys(labels)
    .map((key) => `${key}=${textOf(labels, key)}`)
    .join(",");
  return labelSelector === "" ? undefined : { apiVersion: "v1", kind: "Pod", labelSelector };
}
