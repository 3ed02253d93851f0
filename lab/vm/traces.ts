import type { AccessHost, LabOutputs } from "../program/outputs";
import type { TraceMap } from "../program/trace-map";
import { GROUP } from "./study-notes";

/** Between which places `trace` looks in the `vm` lab. */
export function vmTraces(outputs: LabOutputs): TraceMap {
  const cluster = outputs.clusters[0]?.name ?? "";
  const namespace = "istioinaction";
  const pod = (name: string) => ({ name, kind: "pod" as const, cluster, namespace, selector: `app=${name}` });
  return {
    sources: [
      pod("webapp"),
      pod("catalog"),
      { name: cluster, kind: "node", cluster },
      ...outputs.hosts.filter(isNoNode(cluster)).map(({ name, workloadEntry }) => ({
        name,
        kind: "host" as const,
        inMesh: workloadEntry !== undefined,
      })),
    ],
    destinations: [
      {
        kind: "service",
        name: "webapp",
        cluster,
        namespace,
        service: "webapp",
        port: 80,
        path: "/api/catalog/items/1",
      },
      { kind: "service", name: "catalog", cluster, namespace, service: "catalog", port: 80, path: "/items" },
      {
        kind: "service",
        name: "forum",
        cluster,
        namespace: GROUP.namespace,
        service: "forum",
        port: 80,
        path: "/api/users",
      },
    ],
  };
}

/** On AWS the cluster's machine is a host, too. */
function isNoNode(cluster: string) {
  return ({ name }: AccessHost) => name !== cluster;
}
