/** One end of a TCP connection. */
export interface Endpoint {
  /** IPv4 address. */
  readonly address: string;
  readonly port: number;
}

/** Both ends of a TCP connection, as its first packet has them. */
export interface Connection {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** `ADDRESS:PORT`. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return `${address}:${port}`;
}

/**
 * Reads `ADDRESS:PORT`.
 * @returns undefined if it is something else, e.g. the `-` of an access log
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(text);
  return match === null ? undefined : { address: match[1] ?? "", port: Number(match[2]) };
}

/** Are they the same address and port? */
export function isSameEndpoint(one: Endpoint | undefined, other: Endpoint | undefined): boolean {
  return one !== undefined && one.address === other?.address && one.port === other.port;
}

/** The way back. */
export function reversed({ source, destination }: Connection): Connection {
  return { source: destination, destination: source };
}

/** Do both have the same ends, the same way round? */
export function isSameConnection(one: Connection, other: Connection): boolean {
  return isSameEndpoint(one.source, other.source) && isSameEndpoint(one.destination, other.destination);
}
