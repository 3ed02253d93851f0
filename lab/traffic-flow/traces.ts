import { addressAt } from "../../infra/core/addresses";
import type { LabOutputs } from "../program/outputs";
import type { TraceMap, TraceService, TraceSource } from "../program/trace-map";
import { domainUrl } from "./check-commands";
import { CLIENT_HOST, CLUSTER, NGINX, NODE_NUMBER, NODE_PORTS } from "./study-notes";

const NAMESPACE = "default";

/** Between which places `trace` looks in the `traffic-flow` lab. */
export function trafficFlowTraces(outputs: LabOutputs): TraceMap {
  const node = addressAt(outputs.network.cidr, NODE_NUMBER);
  const page = domainUrl(outputs.urls);
  const entry = (host: string, path: string) => {
    const url = `http://${host}:${NODE_PORTS[80]}${path}`;
    return { url, host: `${host}:${NODE_PORTS[80]}`, ...(host === node ? {} : { address: node }) };
  };
  return {
    sources: [
      { name: CLIENT_HOST.name, kind: "host", inMesh: false },
      { name: CLUSTER, kind: "node", cluster: CLUSTER },
      pod(NGINX.name, NGINX.deployment),
      pod(NGINX.pod, NGINX.podApp),
      ...["productpage", "details", "reviews", "ratings"].map((app) => pod(app, app)),
    ],
    destinations: [
      ...[service(NGINX.name, NGINX.service, 80, "/"), service(NGINX.pod, NGINX.podService, 80, "/")].map((one) =>
        one.name === page?.name ? { ...one, entry: entry(page.host ?? "", "/") } : one,
      ),
      { ...service("productpage", "productpage", 9080, "/productpage"), entry: entry(node, "/productpage") },
      service("details", "details", 9080, "/details/0"),
      service("reviews", "reviews", 9080, "/reviews/0"),
      service("ratings", "ratings", 9080, "/ratings/0"),
      // In place of the study notes' web servers on the Internet: Apache, which its image starts.
      { kind: "server", name: CLIENT_HOST.name, port: 80, path: "/" },
    ],
  };
}

function pod(name: string, app: string): TraceSource {
  return { name, kind: "pod", cluster: CLUSTER, namespace: NAMESPACE, selector: `app=${app}` };
}

function service(name: string, serviceName: string, port: number, path: string): TraceService {
  return { kind: "service", name, cluster: CLUSTER, namespace: NAMESPACE, service: serviceName, port, path };
}
