import type { Check, CheckSuite } from "../../infra/core/check";
import { addonChecks } from "../shared/addon-checks";
import type { LabOutputs } from "../program/outputs";
import { ALL_READY, here, OK, on, READY_REPLICAS, STATUS, usersObjects } from "../shared/check-commands";
import {
  addressesOf,
  FORUM_NAMESPACES,
  healthOf,
  meshHosts,
  servicesStopped,
  STORE_NAMESPACES,
  throughIngress,
  type Addresses,
  type MeshHost,
} from "./check-commands";
import { GROUP } from "./study-notes";
import { scenarios } from "./scenarios";

/** The study notes' observations of the `vm` lab. */
export function vmCheckSuite(outputs: LabOutputs): CheckSuite {
  const addresses = addressesOf(outputs);
  const hosts = meshHosts(outputs.hosts);
  const [first] = hosts;
  return {
    observations: [
      ...meshChecks(addresses, hosts),
      ...hosts.flatMap((host) =>
        hostChecks(addresses, host).map((check) => ({ ...check, obstacle: servicesStopped([host]) })),
      ),
      ...storeAddonChecks(outputs, addresses, hosts),
    ],
    scenarios: first === undefined ? [] : scenarios(addresses, hosts, first),
  };
}

function meshChecks(addresses: Addresses, hosts: readonly MeshHost[]): Check[] {
  return [
    {
      name: "control-plane-ready",
      shows: "istiod, the ingress gateway and the east-west gateway are ready",
      source: "13.2.1, 13.3.1 Step1",
      command: here(READY_REPLICAS),
      expect: ALL_READY,
      deadlineSeconds: 30,
    },
    {
      name: "catalog-through-ingress",
      shows: "the ingress gateway routes webapp.istioinaction.io to webapp, which asks catalog",
      source: "13.2.1",
      command: throughIngress(addresses, "/api/catalog"),
      expect: OK,
      deadlineSeconds: 20,
      clue: usersObjects(STORE_NAMESPACES),
    },
    {
      name: "users-through-ingress",
      shows: "webapp reaches forum on the VM by the name of a Kubernetes service",
      source: "13.3.5 Step5",
      command: throughIngress(addresses, "/api/users"),
      expect: OK,
      deadlineSeconds: 20,
      clue: usersObjects([...STORE_NAMESPACES, GROUP.namespace]),
      obstacle: servicesStopped(hosts),
    },
  ];
}

function hostChecks({ onNode }: Addresses, host: MeshHost): Check[] {
  const { name, address } = host;
  const clusterIp = "kubectl --namespace istioinaction get service webapp --output jsonpath='{.spec.clusterIP}'";
  return [
    {
      name: `${name}-synced`,
      shows: "istiod knows the VM's proxy and has sent it its configuration",
      source: "13.3.3 Step4",
      command: here(`istioctl proxy-status | grep '^${name}\\.${GROUP.namespace} '`),
      expect: { stdout: /west-cluster/, notStdout: /STALE/ },
      deadlineSeconds: 30,
    },
    {
      name: `${name}-workload-entry`,
      shows: "istiod registered the VM by itself, and its readiness probe succeeds",
      source: "13.3.3 Step4, 13.3.5 Step5",
      command: healthOf(host),
      expect: { stdout: /^True$/ },
      deadlineSeconds: 30,
    },
    {
      name: `${name}-dns-captured`,
      shows: "iptables hands the VM's DNS queries to the sidecar on port 15053",
      source: "13.4.1 Step1",
      command: on(name, "sudo iptables-save --table nat | grep 'to-ports 15053'"),
      expect: {
        stdout: /udp .*--dport 53 .*--to-ports 15053/,
        words: "a rule that leads UDP for port 53 to port 15053",
      },
      deadlineSeconds: 10,
    },
    {
      name: `${name}-dns-answers`,
      shows: "the VM resolves a cluster service, by its own resolver and by the sidecar asked directly",
      source: "13.3.4 Step1, 13.4.1 Step2",
      command: on(
        name,
        'test "$(dig +short webapp.istioinaction)" = "$(dig +short @localhost -p 15053 webapp.istioinaction)" && dig +short webapp.istioinaction',
      ),
      expect: { stdout: /^\d+\.\d+\.\d+\.\d+$/, words: "one IPv4 address" },
      deadlineSeconds: 10,
    },
    {
      name: `${name}-dns-table`,
      shows: "istiod's name table for the VM has the service's cluster IP",
      source: "13.4.2",
      command: here(
        `ip=$(${clusterIp}); istioctl x internal-debug 'ndsz?proxyID=${name}.${GROUP.namespace}' | tr -d ' \\n' | grep -o "webapp.istioinaction.svc.cluster.local\\":{\\"ips\\":\\[\\"$ip\\"\\]"`,
      ),
      expect: { stdout: /webapp\.istioinaction/ },
      deadlineSeconds: 20,
    },
    {
      name: `${name}-calls-webapp`,
      shows: "the VM calls a service of the cluster through the east-west gateway",
      source: "13.3.4 Step1",
      command: on(name, `${STATUS} http://webapp.istioinaction/api/catalog/items/1`),
      expect: OK,
      deadlineSeconds: 20,
      clue: usersObjects(STORE_NAMESPACES),
    },
    {
      name: `${name}-plain-request`,
      shows: "without STRICT anybody who reaches the VM is served, member of the mesh or not",
      source: "13.3.6",
      command: onNode(`${STATUS} http://${address}:8080/api/users`),
      expect: OK,
      deadlineSeconds: 20,
      clue: usersObjects(FORUM_NAMESPACES),
    },
  ];
}

/** The add-ons, and what they know after a request through the gateway to each service. */
function storeAddonChecks({ urls }: LabOutputs, addresses: Addresses, hosts: readonly MeshHost[]): Check[] {
  const calls = ["/api/catalog", "/api/users"].map((path) => throughIngress(addresses, path).run);
  return addonChecks(urls, {
    source: "13.2.1",
    scraped: "istiod, both gateways, webapp and catalog",
    proxies: 4,
    namespaces: ["istio-system", "istioinaction"],
    calls: calls.map((call) => `${call} >/dev/null`).join("\n"),
    services: [
      "istio-ingressgateway.istio-system",
      "webapp.istioinaction",
      "catalog.istioinaction",
      `${GROUP.name}.${GROUP.namespace}`,
    ],
    obstacle: servicesStopped(hosts),
  });
}
