/** A fact of a hop, e.g. `SPIFFE id of the caller`. */
export interface HopFact {
  readonly label: string;
  readonly value: string;
}

/** What the running system said, word for word. */
export interface HopEvidence {
  /** What it is, e.g. `NAT rules that moved`. */
  readonly title: string;
  /** The command that shows it. */
  readonly command: string;
  /** Its output, cut to what belongs to this request; lines end in a line break. */
  readonly text: string;
}

/** What stands on the way of a request. */
export type HopKind =
  | "client"
  | "node-nat"
  | "iptables-outbound"
  | "envoy-outbound"
  | "iptables-leaving"
  | "envoy-gateway"
  | "iptables-inbound"
  | "envoy-inbound"
  | "iptables-loopback"
  | "application"
  | "response";

/** One hop, in the order in which the request passes. */
export interface TraceHop {
  /** 1 for the first. */
  readonly number: number;
  readonly kind: HopKind;
  /** Where it is, e.g. `testpc`, `node myk8s`, `pod default/deploy-websrv-66f6fb4b75-5p7qz`. */
  readonly station: string;
  /** What happens here, as one short sentence without a full stop. */
  readonly title: string;
  /** `ADDRESS:PORT` from which the packet comes, as seen here. */
  readonly source?: string;
  /** `ADDRESS:PORT` to which it goes, as seen here. */
  readonly destination?: string;
  /** What the bytes of the connection were. */
  readonly security?: "plain" | "mTLS";
  /** Milliseconds since the client's first packet. */
  readonly milliseconds?: number;
  readonly facts: readonly HopFact[];
  readonly evidence: readonly HopEvidence[];
  /** Why the request came no further than this hop, e.g. `404 NR route_not_found: no route for this host and path`. */
  readonly failure?: string;
}

/** How the request ended. */
export interface TraceOutcome {
  /** The client got an answer below 400. */
  readonly ok: boolean;
  /** HTTP status that the client saw; 0 if there was no answer. */
  readonly status: number;
  /** Milliseconds from the client's first packet to its last. */
  readonly milliseconds: number;
  /** Number of the hop that ended a request that failed. */
  readonly failedAt?: number;
  /** Why it failed, in the words of that hop. */
  readonly reason?: string;
}

/** What a request passed through: every claim taken from the system while the request ran. */
export interface TraceReport {
  readonly lab: string;
  readonly stack: string;
  readonly from: string;
  readonly to: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly request: {
    readonly url: string;
    /** Value of the Host header. */
    readonly host: string;
    /** User agent by which every log names this request. */
    readonly mark: string;
  };
  readonly outcome: TraceOutcome;
  readonly hops: readonly TraceHop[];
  /** Seconds that the whole trace took. */
  readonly seconds: number;
}
