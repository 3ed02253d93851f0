import type { MeshIdentity } from "../../infra/core/istio-operator";
import type { WorkloadGroup } from "../../infra/mesh/vm-workload";

/** Who the cluster is in the mesh. Notes 13.2.1. */
export const IDENTITY: MeshIdentity = { meshId: "usmesh", clusterName: "west-cluster", network: "west-network" };

/** The group that the VMs join. Notes 13.3.2. */
export const GROUP: WorkloadGroup = { name: "forum", namespace: "forum-services", network: "vm-network" };

/** The name that the ingress gateway routes to webapp. Notes 13.2.1. */
export const INGRESS_HOST = "webapp.istioinaction.io";

/** Node ports that loopback reaches, in the order of the host's ports. Notes 13.2.1. */
export const NODE_PORTS = Array.from({ length: 8 }, (_, index) => 30000 + index);
