import type { Check, CheckSuite } from "../../infra/core/check";
import { here, OK, READY_REPLICAS, STATUS, usersObjects } from "../shared/check-commands";
import { addonChecks } from "../shared/addon-checks";
import { scriptLine } from "../shared/script-line";
import type { LabOutputs } from "../program/outputs";
import { captureChecks } from "./capture-checks";
import { fromClient, placeOf, POLICY_NAMESPACES, SCRIPTS, statusFromClient, type Place } from "./check-commands";
import { NODE_PORTS } from "./study-notes";
import { scenarios } from "./scenarios";

/** The study notes' observations of the `traffic-flow` lab. */
export function trafficFlowCheckSuite(outputs: LabOutputs): CheckSuite {
  const place = placeOf(outputs);
  return {
    observations: [
      ...entryChecks(place),
      ...clientAddressChecks(place),
      ...captureChecks(place),
      ...bookinfoChecks(place),
      ...bookinfoAddonChecks(outputs),
    ],
    scenarios: scenarios(place),
  };
}

function entryChecks({ domain, nodeAddress }: Place): Check[] {
  return [
    {
      name: "control-plane-ready",
      shows: "istiod and the ingress gateway are ready",
      source: "Istio Traffic Flow 2",
      command: here(READY_REPLICAS),
      expect: { stdout: /^istio-ingressgateway=1\nistiod=1$/ },
      deadlineSeconds: 30,
    },
    {
      name: "nginx-through-node-port",
      shows: `testpc reaches nginx by the name ${domain} at the node port 30000`,
      source: "Istio Traffic Flow 5",
      command: statusFromClient(domain, "/"),
      expect: OK,
      deadlineSeconds: 20,
      clue: usersObjects(POLICY_NAMESPACES),
    },
    {
      name: "other-host-has-no-route",
      shows: "the gateway answers another Host with 404: no VirtualService takes it",
      source: "Istio Traffic Flow 5",
      command: statusFromClient(nodeAddress, "/"),
      expect: { exitCode: "any", stdout: /^404$/ },
      deadlineSeconds: 20,
    },
  ];
}

/**
 * What is logged of one request of the client's.
 * @param logs namespace, pod or deployment, and container of each log to search
 */
function logged({ clientSsh, domain }: Place, logs: readonly string[]) {
  const values = { URL: `http://${domain}:${NODE_PORTS[80]}/`, LOGS: logs.join("\n") };
  return here(scriptLine("marked-request.sh", values, SCRIPTS, [clientSsh]));
}

function clientAddressChecks(place: Place): Check[] {
  const address = place.clientAddress.replaceAll(".", "\\.");
  const nginx = ["default deploy/deploy-websrv deploy-websrv", "default nginx-pod nginx-container"];
  const gateway = ["istio-system deploy/istio-ingressgateway istio-proxy"];
  return [
    {
      name: "gateway-sees-client",
      shows: "externalTrafficPolicy Local keeps the client's own address up to the ingress gateway",
      source: "Istio Traffic Flow 2",
      command: logged(place, gateway),
      expect: {
        stdout: new RegExp(`"${address}" "istio-lab-verify/\\d+" .* ${address}:\\d+ - \\S+$`),
        words: `a line of the gateway's log with ${place.clientAddress} as the client`,
      },
      deadlineSeconds: 20,
    },
    {
      name: "nginx-sees-127.0.0.6",
      shows: "nginx's peer is 127.0.0.6, its own sidecar, which hands on the client's address in X-Forwarded-For",
      source: "Istio traffic flow in detail 2.f, 6.1.5",
      command: logged(place, nginx),
      expect: {
        stdout: new RegExp(
          `^127\\.0\\.0\\.6 - - \\[.*\\] "GET / HTTP/1\\.1" 200 \\d+ "-" "istio-lab-verify/\\d+" "${address}"$`,
        ),
        words: `a line of nginx's log with 127.0.0.6 as the peer, the status 200 and ${place.clientAddress} in X-Forwarded-For`,
      },
      deadlineSeconds: 20,
    },
  ];
}

function bookinfoChecks({ nodeAddress }: Place): Check[] {
  const twelve =
    "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -sS --max-time 5 http://reviews:9080/reviews/0; echo; done";
  return [
    {
      name: "productpage-answers",
      shows: "Bookinfo's page answers through the node port",
      source: "Istio Traffic Flow 7",
      command: fromClient(nodeAddress, "/productpage", "grep -o '<title>.*</title>'"),
      expect: { stdout: /^<title>Simple Bookstore App<\/title>$/ },
      deadlineSeconds: 20,
    },
    {
      name: "reviews-rotate",
      shows: "the three versions of reviews take turns",
      source: "Istio Traffic Flow 7",
      command: here(
        `kubectl --namespace default exec deploy/ratings-v1 --container ratings -- sh -c '${twelve}' | grep -oE 'reviews-v[123]' | sort -u`,
      ),
      expect: { stdout: /^reviews-v1\nreviews-v2\nreviews-v3$/ },
      deadlineSeconds: 30,
    },
  ];
}

/** The add-ons, and what they know after a request for Bookinfo's page: reviews v1 asks no ratings, so there are three requests. */
function bookinfoAddonChecks({ urls }: LabOutputs): Check[] {
  const page = urls.find(({ name }) => name === "productpage")?.url ?? "";
  return addonChecks(urls, {
    source: "Istio Traffic Flow 6",
    scraped: "istiod, the gateway and the sidecars",
    proxies: 9,
    namespaces: ["default", "istio-system"],
    calls: `for _ in 1 2 3; do ${STATUS} ${page} >/dev/null; done`,
    services: ["istio-ingressgateway.istio-system", ...BOOKINFO_SERVICES.map((name) => `${name}.default`)],
  });
}

const BOOKINFO_SERVICES = ["productpage", "details", "reviews", "ratings"];
