import { parseEndpoint, type Endpoint } from "./endpoint";

/**
 * A line of Envoy's access log in Istio's default text format; `-` becomes undefined.
 * @see https://istio.io/latest/docs/tasks/observability/logs/access-log/#default-access-log-format
 */
export interface AccessLogLine {
  /** ISO 8601, when the request began. */
  readonly startTime: string;
  /** Method, path and protocol; `- - -` for a connection that is no HTTP. */
  readonly request: string;
  readonly status: number;
  /** Envoy's response flags, e.g. `NR`, `UH`, `UF,URX`. */
  readonly flags?: string;
  /** e.g. `via_upstream`, `route_not_found`. */
  readonly details?: string;
  readonly transportFailure?: string;
  /** Milliseconds. */
  readonly duration: number;
  readonly forwardedFor?: string;
  readonly userAgent?: string;
  readonly requestId?: string;
  readonly authority?: string;
  /** The endpoint that was chosen. */
  readonly upstreamHost?: Endpoint;
  /** e.g. `outbound|80||svc-clusterip.default.svc.cluster.local`. */
  readonly upstreamCluster?: string;
  /** Envoy's own end of the connection to it. */
  readonly upstreamLocal?: Endpoint;
  readonly downstreamLocal?: Endpoint;
  readonly downstreamRemote?: Endpoint;
  /** SNI of the connection that came in. */
  readonly serverName?: string;
  readonly routeName?: string;
  /** The line as it was written. */
  readonly line: string;
}

const TEXT = `"([^"]*)"`;
const WORD = String.raw`(\S+)`;
const LINE = new RegExp(
  [
    String.raw`\[([^\]]+)\]`,
    TEXT,
    String.raw`(\d+)`,
    ...[WORD, WORD, String.raw`(-|via_upstream|.+?)`, TEXT],
    ...[String.raw`(?:\d+)`, String.raw`(?:\d+)`, String.raw`(\d+)`, String.raw`(?:\S+)`],
    ...[TEXT, TEXT, TEXT, TEXT, TEXT],
    ...[WORD, WORD, WORD, WORD, WORD, WORD],
  ].join(" "),
);

/**
 * Reads one line.
 * @param text the line, whatever the container runtime has put in front of it
 * @returns undefined if it is no line of an access log
 */
export function parseAccessLogLine(text: string): AccessLogLine | undefined {
  const match = LINE.exec(text);
  if (match === null) {
    return undefined;
  }
  const [line, startTime = "", request = "", status, ...rest] = match;
  const [flags, details, , transportFailure, duration, ...more] = rest.map((part) => (part === "-" ? undefined : part));
  const [forwardedFor, userAgent, requestId, authority, upstreamHost, ...last] = more;
  const [upstreamCluster, upstreamLocal, downstreamLocal, downstreamRemote, serverName, routeName] = last;
  const end = (part: string | undefined) => (part === undefined ? undefined : parseEndpoint(part));
  return withoutUndefined({
    ...{
      startTime,
      request,
      status: Number(status),
      flags,
      details,
      transportFailure,
      duration: Number(duration ?? 0),
    },
    ...{ forwardedFor, userAgent, requestId, authority, upstreamHost: end(upstreamHost), upstreamCluster },
    ...{ upstreamLocal: end(upstreamLocal), downstreamLocal: end(downstreamLocal) },
    ...{ downstreamRemote: end(downstreamRemote), serverName, routeName, line },
  });
}

type Defined<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

function withoutUndefined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** What some of Envoy's response code details say, more closely than the flags. */
export const RESPONSE_DETAILS: Readonly<Record<string, string>> = {
  route_not_found: "no route for this host and path",
  filter_chain_not_found:
    "no filter chain of the listener takes such a connection, e.g. plain text although mutual TLS is required",
};

/** What Envoy's response flags say. */
export const RESPONSE_FLAGS: Readonly<Record<string, string>> = {
  NR: "no route for this host and path",
  UH: "no healthy endpoint in the cluster",
  UF: "the connection to the endpoint failed",
  UO: "overflow: a circuit breaker is open",
  UC: "the endpoint ended the connection",
  URX: "given up after the last retry",
  UT: "the endpoint did not answer in time",
  NC: "the cluster is not known",
  DC: "the client ended the connection",
  DPE: "the client did not speak the protocol that was expected",
  UAEX: "refused by an external authorization",
  RBAC: "refused by an authorization policy",
  DI: "a delay was injected",
  FI: "a fault was injected",
  RL: "refused by a rate limit",
};
