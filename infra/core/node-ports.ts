/** The first of the study notes' node ports. */
export const FIRST_NODE_PORT = 30000;

/** Node ports that the study notes use. */
export const NODE_PORTS: readonly number[] = Array.from({ length: 8 }, (_, index) => FIRST_NODE_PORT + index);

/** Port of a cluster's API server on its own machine. */
export const API_SERVER_PORT = 6443;

/** Where the study notes' node ports are reached from the user's machine. */
export interface NodePorts {
  /** IPv4 address: loopback, or a machine's public one. */
  readonly address: string;
  /** Port that leads to node port 30000; the following ones follow. */
  readonly portBase: number;
}

/** Where node ports are reached that a lab has published on loopback. */
export function onLoopback(portBase: number): NodePorts {
  return { address: "127.0.0.1", portBase };
}
