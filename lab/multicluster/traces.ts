import type { AccessHost, LabOutputs } from "../program/outputs";
import type { TraceService, TraceMap, TraceSource } from "../program/trace-map";
import { gatewayAddress, meshOf } from "./check-commands";

const NAMESPACE = "istioinaction";

/** Between which places `trace` looks in the `multicluster` lab. */
export function multiClusterTraces(outputs: LabOutputs): TraceMap {
  const { clusters, first, second, webapp } = meshOf(outputs);
  const pod = (name: string, cluster: string): TraceSource => ({
    name,
    kind: "pod",
    cluster,
    namespace: NAMESPACE,
    selector: `app=${name}`,
  });
  const service = (name: string, cluster: string, path: string): TraceService => ({
    ...{ kind: "service" as const, name, cluster, namespace: NAMESPACE, service: name, port: 80, path },
  });
  const { pathname } = new URL(webapp.url);
  const url = `http://${gatewayAddress(first, "istio-ingressgateway")}${pathname}`;
  return {
    sources: [
      pod("webapp", first.name),
      pod("netshoot", first.name),
      pod("catalog", second.name),
      ...outputs.hosts.map(({ name }: AccessHost) => ({ name, kind: "host" as const, inMesh: false })),
      ...clusters.map(({ name }) => ({ name, kind: "node" as const, cluster: name })),
    ],
    destinations: [
      { ...service("webapp", first.name, pathname), entry: { url, host: webapp.host ?? "" } },
      service("catalog", second.name, "/items"),
      service("simple-backend", first.name, "/"),
    ],
  };
}
