import { API_SERVER_PORT, FIRST_NODE_PORT, NODE_PORTS } from "../../infra/core/node-ports";
import type { Opening } from "../../infra/network/aws-firewall";
import type { WorkloadGroup } from "../../infra/mesh/vm-workload";
import { identityOf } from "../shared/study-notes";

/** Who the cluster is in the mesh. Study notes 13.2.1. */
export const IDENTITY = identityOf("west");

/** The group that the VMs join. Study notes 13.3.2. */
export const GROUP: WorkloadGroup = { name: "forum", namespace: "forum-services", network: "vm-network" };

/** Whom the group's VMs run as. Study notes 13.3.2. */
export const SERVICE_ACCOUNT = "forum-sa";

/** What Docker hands out in the lab's network: its first address makes `k3s-s` 192.168.10.10, as in the study notes. */
export const ENGINE_RANGE = { first: 10, prefix: 31 } as const;

/** MetalLB's addresses, counted from the end of the lab's network: the study notes need one, exercises a few more. */
export const LOAD_BALANCER_POOL = { first: -16, last: -2 } as const;

/**
 * What the user may reach of the machines on AWS. The study notes' template lets one address in everywhere, and the whole world in at 80, 8080 and 30000.
 * @see study notes 13, CloudFormation template, EC2SG
 */
export const AWS_OPENINGS: readonly Opening[] = [
  { name: "ssh", from: 22, what: "SSH" },
  { name: "apache", from: 80, what: "apache2 of forum-vm" },
  { name: "api-server", from: API_SERVER_PORT, what: "the Kubernetes API" },
  { name: "forum", from: 8080, what: "forum on the VM" },
  {
    name: "node-ports",
    from: FIRST_NODE_PORT,
    to: NODE_PORTS.at(-1) ?? FIRST_NODE_PORT,
    what: "the gateway and the add-ons by node ports",
  },
];
