import type { Check } from "../../infra/core/check";
import { here, usersObjects } from "../shared/check-commands";
import { inPod, plainCall, POLICY_NAMESPACES, type Place } from "./check-commands";
import { NGINX } from "./notes";

/** Rules of istio-init, as patterns: the OUTPUT one has lost its protocol in newer versions. 6.1.3. */
const RULES = [
  "-A PREROUTING -p tcp -j ISTIO_INBOUND",
  "-A ISTIO_INBOUND -p tcp -m tcp --dport 15021 -j RETURN",
  "-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT",
  "-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006",
  "-A OUTPUT (-p tcp )?-j ISTIO_OUTPUT",
  "-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN",
  "-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN",
  "-A ISTIO_OUTPUT -j ISTIO_REDIRECT",
  "-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001",
];

/** How the sidecar of nginx gets hold of what comes in and goes out. */
export function captureChecks(place: Place): Check[] {
  return [chains(place), listeners(place), entersOn15006(place), leavesOn15001(place), passesThrough(place)];
}

function chains(place: Place): Check {
  const look = RULES.map((rule) => `grep -qE -- '^${rule}$' <<<"$rules" || { echo 'missing: ${rule}'; exit 1; }`);
  const command = ["rules=$(iptables-nft-save -t nat; iptables-legacy-save -t nat)", ...look, "echo complete"];
  return {
    name: "sidecar-chains",
    shows:
      "iptables redirects what enters the pod to port 15006 and what leaves it to 15001, except Envoy's own traffic (uid 1337)",
    source: "Istio traffic flow in detail 2.b, 6.1.3",
    command: here(inPod(place, NGINX.deployment, command.join("\n"))),
    expect: { stdout: /^complete$/ },
    deadlineSeconds: 20,
  };
}

function listeners(place: Place): Check {
  const command = `ss -tlnpeH '( sport = :15006 or sport = :15001 )' | sed -nE 's/.*:(1500[16]) .*"envoy".* uid:1337 .*/\\1 uid 1337/p' | sort -u`;
  return {
    name: "envoy-listens",
    shows: "Envoy listens on 15006 and 15001, as the user 1337 that the rules let pass",
    source: "Istio traffic flow in detail 2.b, 6.3.3",
    command: here(inPod(place, NGINX.deployment, command)),
    expect: { stdout: /^15001 uid 1337\n15006 uid 1337$/ },
    deadlineSeconds: 20,
  };
}

function entersOn15006(place: Place): Check {
  const command =
    "conntrack -L --proto tcp --orig-port-dst 80 2>/dev/null | sed -nE 's/.* dport=(80) .* sport=(15006) .*/\\1 \\2/p' | sort -u";
  return {
    name: "requests-enter-on-15006",
    shows: "a request for port 80 of the pod is answered from Envoy's port 15006",
    source: "Istio traffic flow in detail 3, 6.2",
    command: here(`${plainCall(place, NGINX.deployment)}; echo\n${inPod(place, NGINX.deployment, command)}`),
    expect: { stdout: /^200\n80 15006$/ },
    deadlineSeconds: 20,
    clue: usersObjects(POLICY_NAMESPACES),
  };
}

function leavesOn15001(place: Place): Check {
  const address = "\"$(kubectl --namespace default get service details --output jsonpath='{.spec.clusterIP}')\"";
  const command = [
    "curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}\\n' \"http://$1:9080/details/0\"",
    "conntrack -L --proto tcp --orig-dst \"$1\" 2>/dev/null | sed -nE 's/.* src=127.0.0.1 .* sport=(15001) .*/\\1/p' | sort -u",
  ].join("\n");
  return {
    name: "requests-leave-on-15001",
    shows: "a request of the pod for a service is answered from Envoy's port 15001",
    source: "Istio traffic flow in detail 4.a, 6.3.1",
    command: here(inPod(place, NGINX.podApp, command, address)),
    expect: { stdout: /^200\n15001$/ },
    deadlineSeconds: 20,
  };
}

/** testpc's own web server stands for one on the Internet. */
function passesThrough(place: Place): Check {
  const status = "curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}\\n' \"http://$1/\"";
  return {
    name: "outside-is-passed-through",
    shows: "a request of the pod to a server outside the mesh leaves by Envoy's PassthroughCluster",
    source: "Istio traffic flow in detail 4, 6.3",
    command: here(
      [
        inPod(place, NGINX.podApp, status, place.clientAddress),
        `kubectl --namespace default logs nginx-pod --container istio-proxy --since 30s | grep -F '"${place.clientAddress}:80"' | grep -o PassthroughCluster | sort -u`,
      ].join("\n"),
    ),
    expect: { stdout: /^200\nPassthroughCluster$/ },
    deadlineSeconds: 20,
  };
}
