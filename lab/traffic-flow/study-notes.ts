import { TRAFFIC_FLOW_NAMES } from "./config/schema";

/** What Docker hands out in the lab's network: its first address makes `myk8s` 172.18.0.2, as in the study notes. */
export const ENGINE_RANGE = { first: 2, prefix: 31 } as const;

/** Number of the node in the lab's network: the first that Docker hands out. */
export const NODE_NUMBER = 2;

/** The client host outside the mesh, by its name and its number in the lab's network: 172.18.0.3 in the study notes' logs. */
export const CLIENT_HOST = { name: TRAFFIC_FLOW_NAMES.client, number: 3 } as const;

/** What the study notes call the cluster. */
export const CLUSTER = TRAFFIC_FLOW_NAMES.cluster;

/** Node ports of the ingress gateway: 30000 in the study notes, which leave that of port 443 to chance and give 30005 to kube-ops-view. */
export const NODE_PORTS = { 80: 30000, 443: 30006 } as const;

/** Node port of kube-ops-view in this lab. */
export const OPS_VIEW_NODE_PORT = 30005;

/** Both nginx: what `trace` calls them, and the study notes' names of their objects. */
export const NGINX = {
  name: "nginx",
  deployment: "deploy-websrv",
  service: "svc-clusterip",
  pod: "nginx-pod",
  podApp: "nginx-app",
  podService: "svc-nginx",
} as const;
