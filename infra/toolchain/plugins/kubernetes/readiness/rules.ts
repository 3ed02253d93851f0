import { annotationOf, annotations, isAnnotated } from "../annotations";
import { objectOf, textOf, type Manifest } from "../manifest";
import { groupOf } from "../object-kind";
import { conditionOf, describeCondition, isTrue } from "./condition";
import { podReadiness } from "./pod";
import { failed, ready, waiting, type Readiness, type ReadinessRule } from "./readiness";
import { ingressReadiness, serviceReadiness } from "./service";
import { volumeClaimReadiness, volumeReadiness } from "./storage";
import { parseWaitFor } from "./wait-for";
import { daemonSetReadiness, deploymentReadiness, jobReadiness, statefulSetReadiness } from "./workload";

const namespaceReadiness: ReadinessRule = {
  assess: ({ live }): Readiness => {
    const phase = textOf(live, "status", "phase");
    return phase === "Active" ? ready : waiting(`Namespace is ${phase || "not seen yet"}`);
  },
};

/** The API server serves the new kind from here on. */
const definitionReadiness: ReadinessRule = {
  assess: ({ live }): Readiness => {
    const accepted = conditionOf(live, "NamesAccepted");
    if (accepted?.status === "False") {
      return failed(describeCondition(accepted));
    }
    return isTrue(conditionOf(live, "Established")) ? ready : waiting("Waiting for the new kind to be served");
  },
};

const secretReadiness: ReadinessRule = {
  assess: ({ live }): Readiness =>
    textOf(live, "type") === "kubernetes.io/service-account-token" && Object.keys(objectOf(live, "data")).length === 0
      ? waiting("Waiting for the token to be written into the Secret")
      : ready,
};

const rules: Readonly<Record<string, ReadinessRule>> = {
  "/Namespace": namespaceReadiness,
  "/PersistentVolume": volumeReadiness,
  "/PersistentVolumeClaim": volumeClaimReadiness,
  "/Pod": podReadiness,
  "/Secret": secretReadiness,
  "/Service": serviceReadiness,
  "apiextensions.k8s.io/CustomResourceDefinition": definitionReadiness,
  "apps/DaemonSet": daemonSetReadiness,
  "apps/Deployment": deploymentReadiness,
  "apps/StatefulSet": statefulSetReadiness,
  "batch/Job": jobReadiness,
  "networking.k8s.io/Ingress": ingressReadiness,
};

/**
 * When the object counts as ready: what its annotations ask for, else its kind's rule.
 * @param inputs what the program gives, with its annotations
 * @returns undefined where there is nothing to wait for
 * @throws Error where the annotation `pulumi.com/waitFor` cannot be read
 */
export function readinessRuleFor(inputs: Manifest): ReadinessRule | undefined {
  if (isAnnotated(inputs, annotations.skipAwait)) {
    return undefined;
  }
  const waitFor = annotationOf(inputs, annotations.waitFor);
  if (waitFor !== "") {
    return parseWaitFor(waitFor);
  }
  return rules[`${groupOf(textOf(inputs, "apiVersion"))}/${textOf(inputs, "kind")}`];
}
