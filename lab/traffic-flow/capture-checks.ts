import type { Check } from "../../infra/core/check";
import { here, usersObjects } from "../shared/check-commands";
import { scriptLine } from "../shared/script-line";
import { inPod, plainCall, POLICY_NAMESPACES, SCRIPTS, type Place } from "./check-commands";
import { NGINX } from "./study-notes";

/** How the sidecar of nginx gets hold of what comes in and goes out. */
export function captureChecks(place: Place): Check[] {
  return [chains(place), listeners(place), entersOn15006(place), leavesOn15001(place), passesThrough(place)];
}

function chains(place: Place): Check {
  return {
    name: "sidecar-chains",
    shows:
      "iptables redirects what enters the pod to port 15006 and what leaves it to 15001, except Envoy's own traffic (uid 1337)",
    source: "Istio traffic flow in detail 2.b, 6.1.3",
    command: here(inPod(place, NGINX.deployment, "sidecar-chains.sh")),
    expect: { stdout: /^complete$/ },
    deadlineSeconds: 20,
  };
}

function listeners(place: Place): Check {
  return {
    name: "envoy-listens",
    shows: "Envoy listens on 15006 and 15001, as the user 1337 that the rules let pass",
    source: "Istio traffic flow in detail 2.b, 6.3.3",
    command: here(inPod(place, NGINX.deployment, "envoy-listens.sh")),
    expect: { stdout: /^15001 uid 1337\n15006 uid 1337$/ },
    deadlineSeconds: 20,
  };
}

function entersOn15006(place: Place): Check {
  return {
    name: "requests-enter-on-15006",
    shows: "a request for port 80 of the pod is answered from Envoy's port 15006",
    source: "Istio traffic flow in detail 3, 6.2",
    command: here(`${plainCall(place, NGINX.deployment)}; echo\n${inPod(place, NGINX.deployment, "entered-on.sh")}`),
    expect: { stdout: /^200\n80 15006$/ },
    deadlineSeconds: 20,
    clue: usersObjects(POLICY_NAMESPACES),
  };
}

function leavesOn15001(place: Place): Check {
  const address = "\"$(kubectl --namespace default get service details --output jsonpath='{.spec.clusterIP}')\"";
  return {
    name: "requests-leave-on-15001",
    shows: "a request of the pod for a service is answered from Envoy's port 15001",
    source: "Istio traffic flow in detail 4.a, 6.3.1",
    command: here(inPod(place, NGINX.podApp, "left-by.sh", [address])),
    expect: { stdout: /^200\n15001$/ },
    deadlineSeconds: 20,
  };
}

/** testpc's own web server stands for one on the Internet. */
function passesThrough(place: Place): Check {
  const server = place.clientAddress;
  return {
    name: "outside-is-passed-through",
    shows: "a request of the pod to a server outside the mesh leaves by Envoy's PassthroughCluster",
    source: "Istio traffic flow in detail 4, 6.3",
    command: here(
      [
        inPod(place, NGINX.podApp, "status.sh", [`http://${server}/`]),
        scriptLine("passed-through.sh", { SERVER: server }, SCRIPTS),
      ].join("\n"),
    ),
    expect: { stdout: /^200\nPassthroughCluster$/ },
    deadlineSeconds: 20,
  };
}
