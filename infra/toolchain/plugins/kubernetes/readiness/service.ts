import { fieldOf, nameOf, objectOf, objectsOf, textOf, type Manifest } from "../manifest";
import { ready, waiting, type CompanionQuery, type Observation, type Readiness, type ReadinessRule } from "./readiness";

// The official provider lets endpoints settle for 10 s whatever they say. Here that is only for a Service that no pod
// answers to, because its pods may be on their way; one whose endpoints are ready is ready.
const settleMilliseconds = 10_000;

/** A Service is ready when a LoadBalancer has its address and none of its endpoints is still coming up. */
export const serviceReadiness: ReadinessRule = {
  companionsOf: (live): CompanionQuery | undefined =>
    targetsPods(live)
      ? {
          apiVersion: "discovery.k8s.io/v1",
          kind: "EndpointSlice",
          labelSelector: `kubernetes.io/service-name=${nameOf(live)}`,
        }
      : undefined,
  assess: (observation): Readiness => {
    const { live } = observation;
    if (textOf(live, "spec", "type") === "LoadBalancer" && addressesOf(live).length === 0) {
      return waiting("Service was not allocated an IP address; does your cloud provider support this?");
    }
    return targetsPods(live) ? assessEndpoints(observation) : ready;
  },
};

/** An Ingress is ready when it has an address. */
export const ingressReadiness: ReadinessRule = {
  assess: ({ live }): Readiness =>
    addressesOf(live).length > 0
      ? ready
      : waiting("Ingress .status.loadBalancer field was not updated with a hostname/IP address"),
};

function addressesOf(live: Manifest): Manifest[] {
  return objectsOf(live, "status", "loadBalancer", "ingress");
}

function targetsPods(live: Manifest): boolean {
  return (
    textOf(live, "spec", "type") !== "ExternalName" &&
    textOf(live, "spec", "clusterIP") !== "None" &&
    Object.keys(objectOf(live, "spec", "selector")).length > 0
  );
}

const noEndpoints =
  "Service does not target any Pods. Selected Pods may not be ready, " +
  "or field '.spec.selector' may not match labels on any Pods";

function assessEndpoints({ companions, quietMilliseconds }: Observation): Readiness {
  // Until the controller has made the slices, nothing is known about the pods.
  if (companions === undefined || companions.length === 0) {
    return waiting("Finding Pods to direct traffic to");
  }
  const endpoints = companions.flatMap((slice) => objectsOf(slice, "endpoints"));
  const current = endpoints.filter((endpoint) => fieldOf(endpoint, "conditions", "terminating") !== true);
  const pending = current.filter((endpoint) => fieldOf(endpoint, "conditions", "ready") === false);
  if (pending.length > 0) {
    return waiting(`Waiting for ${String(pending.length)} of ${String(current.length)} endpoints to be ready`);
  }
  if (current.length > 0 || quietMilliseconds >= settleMilliseconds) {
    return ready;
  }
  return { state: "waiting", message: noEndpoints, settlesInMilliseconds: settleMilliseconds - quietMilliseconds };
}
