/** The name that the first cluster's ingress gateway routes to simple-backend. Study notes 12, locality-aware. */
export const BACKEND_HOST = "simple-backend.istioinaction.io";

/** What Docker hands out in the lab's network: nodes, from .2 on as on kind's own network. */
export const ENGINE_RANGE = { first: 0, prefix: 28 } as const;

/** Number of the ingress gateway's address in its cluster's pool. */
export const INGRESS_ADDRESS = 0;

/** Number of the east-west gateway's address in its cluster's pool: east's is 172.18.255.202, as in the study notes. */
export const EAST_WEST_ADDRESS = 1;
