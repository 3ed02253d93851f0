import type { Check } from "../../infra/core/check";
import { here, inCluster, OK, on, STATUS, usersObjects } from "../shared/check-commands";
import { scriptLine } from "../shared/script-line";
import type { AccessHost } from "../program/outputs";
import {
  contextsOf,
  countLocalAnswers,
  gatewayAddress,
  keptLocal,
  literally,
  POLICY_NAMESPACES,
  SCRIPTS,
  statusOf,
  type Mesh,
} from "./check-commands";
import { failingFirst } from "./error-rate";

/** How webapp reaches catalog in the second cluster. */
export function connectivityChecks({ first, second }: Mesh): Check[] {
  const catalog = "catalog.istioinaction.svc.cluster.local";
  const address = literally(gatewayAddress(second, "istio-eastwestgateway"));
  return [
    {
      name: "catalog-endpoint",
      shows: `to webapp's sidecar catalog is the east-west gateway of ${second.name}, and nothing else`,
      source: "12 proxy-config endpoint",
      command: inCluster(
        first.name,
        `istioctl proxy-config endpoints deploy/webapp.istioinaction --cluster 'outbound|80||${catalog}' | tail -n +2`,
      ),
      expect: {
        stdout: new RegExp(`^${address}:15443\\s+HEALTHY\\s+OK\\s+outbound\\|80\\|\\|${literally(catalog)}$`),
        words: `one endpoint: ${gatewayAddress(second, "istio-eastwestgateway")}:15443 HEALTHY OK`,
      },
      deadlineSeconds: 30,
    },
    {
      name: "catalog-sni-cluster",
      shows: `the east-west gateway of ${second.name} finds catalog by the SNI of a connection that it cannot read`,
      source: "12 sni-dnat, proxy-config clusters",
      command: inCluster(
        second.name,
        "istioctl proxy-config clusters deploy/istio-eastwestgateway.istio-system | grep '^outbound_.*catalog'",
      ),
      expect: {
        stdout: new RegExp(`^outbound_\\.80_\\._\\.${literally(catalog)}\\s`),
        words: `the cluster outbound_.80_._.${catalog}`,
      },
      deadlineSeconds: 30,
    },
  ];
}

/** How a client outside the mesh reaches webapp. */
export function outsideCheck({ first, webapp }: Mesh, { name }: AccessHost): Check {
  const { pathname } = new URL(webapp.url);
  const address = gatewayAddress(first, "istio-ingressgateway");
  return {
    name: `${name}-calls-webapp`,
    shows: `${name}, outside the mesh, reaches webapp at the load balancer's address of ${first.name}`,
    source: "12 mypc",
    command: on(name, `${STATUS} --header 'Host: ${webapp.host}' http://${address}${pathname}`),
    expect: OK,
    deadlineSeconds: 20,
  };
}

/** Who answers. */
export function trafficChecks(mesh: Mesh): Check[] {
  const { clusters, first, second, webapp } = mesh;
  return [
    {
      name: "catalog-through-ingress",
      shows: `webapp in ${first.name} answers with the goods of catalog in ${second.name}`,
      source: "12 expose-services.yaml",
      command: statusOf(webapp),
      expect: OK,
      deadlineSeconds: 20,
      clue: usersObjects(POLICY_NAMESPACES, contextsOf(clusters)),
    },
    answeredElsewhere(mesh),
    {
      name: `calls-stay-in-${first.name}`,
      shows: `with the DestinationRule all calls of simple-backend are answered in ${first.name}, where the caller is`,
      source: "12 locality-aware, simple-backend-dr.yaml",
      command: countLocalAnswers(mesh),
      expect: keptLocal(mesh),
      obstacle: failingFirst(mesh),
      // One call that fails, as while a cluster joins, ejects the endpoint for baseEjectionTime, 30 s here, and longer each time.
      deadlineSeconds: 90,
    },
  ];
}

/** One request's id in the logs of both clusters. */
function answeredElsewhere({ first, second, webapp: { url, host = "" } }: Mesh): Check {
  const values = { URL: url, HOST: host, ENTERS: first.context, ENDS: second.context };
  return {
    name: `answered-by-${second.name}`,
    shows: `a request that enters in ${first.name} ends, with the same id, at catalog's sidecar in ${second.name}`,
    source: "12 tcpdump, dump.pcap",
    command: here(scriptLine("request-followed.sh", values, SCRIPTS)),
    expect: {
      stdout: /"GET \/items HTTP\/1\.1" 200 .* outbound_\.80_\._\.catalog\.istioinaction\.svc\.cluster\.local /,
      words: '"GET /items HTTP/1.1" 200 with the SNI outbound_.80_._.catalog.istioinaction.svc.cluster.local',
    },
    deadlineSeconds: 20,
  };
}
