/** Node ports that the notes use. */
export const NODE_PORTS: readonly number[] = Array.from({ length: 8 }, (_, index) => 30000 + index);

/** Where the notes' node ports are reached from the user's machine. */
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
