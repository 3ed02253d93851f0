import type { WorkloadGroup } from "../../infra/mesh/vm-workload";
import { identityOf } from "../notes";

/** Who the cluster is in the mesh. Notes 13.2.1. */
export const IDENTITY = identityOf("west");

/** The group that the VMs join. Notes 13.3.2. */
export const GROUP: WorkloadGroup = { name: "forum", namespace: "forum-services", network: "vm-network" };

/** What Docker hands out in the lab's network: its first address makes `k3s-s` 192.168.10.10, as in the notes. */
export const ENGINE_RANGE = { first: 10, prefix: 31 } as const;

/** MetalLB's addresses, counted from the end of the lab's network: the notes need one, exercises a few more. */
export const LOAD_BALANCER_POOL = { first: -16, last: -2 } as const;
