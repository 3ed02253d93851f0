import type { MeshIdentity } from "../../infra/core/istio-operator";

/** The name that the ingress gateway routes to webapp. Study notes 12 and 13.2.1. */
export const INGRESS_HOST = "webapp.istioinaction.io";

/** Node ports of the ingress gateway by its ports. Study notes 13.2.1. */
export const INGRESS_NODE_PORTS = { 80: 30000, 443: 30005 } as const;

/**
 * Who a cluster is in the mesh. Study notes 12 and 13.2.1.
 * @param place e.g. `west`: its Istio cluster is `west-cluster`, its network `west-network`
 */
export function identityOf(place: string): MeshIdentity {
  return { meshId: "usmesh", clusterName: `${place}-cluster`, network: `${place}-network` };
}
