import type { AccessLogLine } from "./observe/access-log";
import { isSameEndpoint, type Connection, type Endpoint } from "./observe/endpoint";
import type { Packet } from "./observe/packets";
import type { Observation } from "./observation";
import type { TraceHop } from "./report";

/** A hop before it has its number. */
export type NewHop = Omit<TraceHop, "number">;

/** What the client's curl said. */
export interface ClientAnswer {
  readonly status: number;
  readonly connection?: Connection;
  /** Seconds. */
  readonly total: number;
  /** curl's own words if there was no answer. */
  readonly problem?: string;
}

/** Everything that was seen, and how far the request has been followed. */
export class Walk {
  public readonly hops: NewHop[] = [];
  /** Where the request is next, as whoever opened the connection sees it. */
  public connection: Connection;
  private readonly origins: Endpoint[];
  private suspect?: { readonly index: number; readonly failure: string };

  public constructor(
    public readonly source: Observation,
    public readonly all: readonly Observation[],
    public readonly answer: ClientAnswer,
    public readonly mark: string,
    start: Connection,
  ) {
    this.connection = start;
    this.origins = [start.source];
  }

  /** Adds a hop. */
  public add(hop: NewHop): void {
    this.hops.push(hop);
  }

  /** Adds a proxy's hop; if the request went on from there, a failure that the proxy saw counts only if no later hop tells of one. */
  public addProxy(hop: NewHop, failure: string | undefined, wentOn: boolean): void {
    if (failure !== undefined && wentOn) {
      this.suspect ??= { index: this.hops.length, failure };
    }
    this.add(failure !== undefined && !wentOn ? { ...hop, failure } : hop);
  }

  /** Blames the first proxy that saw a failure, if nobody after it did. */
  public blame(): void {
    const { suspect } = this;
    const hop = suspect && this.hops[suspect.index];
    if (!this.hasFailed && suspect !== undefined && hop !== undefined) {
      this.hops[suspect.index] = { ...hop, failure: suspect.failure };
    }
  }

  /** Has a hop ended the request? */
  public get hasFailed(): boolean {
    return this.hops.some(({ failure }) => failure !== undefined);
  }

  /** The station that an address belongs to. */
  public at(address: string): Observation | undefined {
    return this.all.find(({ station }) => station.addresses.includes(address));
  }

  /** When the client's first packet was seen, in milliseconds since the epoch; a node's own ones are seen only after their translation. */
  public get start(): number {
    const isOwn = ({ source }: Packet) => this.origins.some((origin) => isSameEndpoint(origin, source));
    return Math.min(...this.all.flatMap(({ packets }) => packets.filter(isOwn).map(({ time }) => time)));
  }

  /** Goes on with another connection: the request's own, translated, or the next one that a proxy has made. */
  public goOn(connection: Connection): void {
    this.connection = connection;
    this.origins.push(connection.source);
  }

  /** Milliseconds since the client's first packet. */
  public since(packet: Packet | undefined): { milliseconds?: number } {
    return packet === undefined ? {} : { milliseconds: Math.round((packet.time - this.start) * 100) / 100 };
  }

  /**
   * The line of this request in Envoy's log at a station. Of a request that a gateway has passed on, a sidecar logs the first client's address
   * and port 0 in place of the gateway's, so the mark counts beside the connection.
   * @param direction of the cluster, where the same Envoy may see the request go out and come in
   */
  public logged(seen: Observation, from: Endpoint, direction: "inbound" | "outbound"): AccessLogLine | undefined {
    const other = direction === "inbound" ? "outbound" : "inbound";
    const lines = seen.accessLog.filter(({ upstreamCluster }) => upstreamCluster?.startsWith(`${other}|`) !== true);
    const marked = lines.filter(({ userAgent }) => userAgent === this.mark);
    const isFrom = ({ downstreamRemote }: AccessLogLine) => isSameEndpoint(downstreamRemote, from);
    return marked.find(isFrom) ?? marked.at(-1) ?? lines.find(isFrom);
  }
}

/** The first packet of a connection at a station, by the end that opened it. */
export function firstPacket(seen: Observation, from: Endpoint): Packet | undefined {
  return seen.packets.find((packet) => isSameEndpoint(packet.source, from));
}

/** The first bytes that the end which opened the connection sent. */
export function firstBytes(seen: Observation, from: Endpoint): Packet | undefined {
  return seen.packets.find((packet) => isSameEndpoint(packet.source, from) && packet.payload.length > 0);
}

/** The last bytes of the answer. */
export function lastBytes(seen: Observation, to: Endpoint): Packet | undefined {
  return seen.packets.findLast((packet) => isSameEndpoint(packet.destination, to) && packet.payload.length > 0);
}
