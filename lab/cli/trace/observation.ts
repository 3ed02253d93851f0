import { parseAccessLogLine, type AccessLogLine } from "./observe/access-log";
import { parseConnectionTable, type TrackedConnection } from "./observe/connection-table";
import { movedRules, parseNatRules, type MovedRule } from "./observe/nat-rules";
import { parsePackets, type Packet } from "./observe/packets";
import { UserError } from "../ui/user-error";
import type { Station } from "./station";
import type { Sections } from "./watch";

/** A filter chain of a listener, with what it matches. */
export interface FilterChain {
  readonly name?: string;
  readonly match?: {
    readonly destination_port?: number;
    readonly transport_protocol?: string;
    readonly application_protocols?: readonly string[];
    readonly server_names?: readonly string[];
  };
}

/** A listener of Envoy, from its configuration dump. */
export interface Listener {
  readonly name: string;
  readonly address: { readonly address: string; readonly port_value: number };
  readonly chains: readonly FilterChain[];
}

/** A route configuration of Envoy, likewise. */
export interface RouteConfiguration {
  readonly name: string;
  readonly hosts: readonly {
    readonly name: string;
    readonly domains: readonly string[];
    readonly routes: readonly {
      readonly cluster?: string;
      /** The VirtualService that it comes from, as a path of the API. */
      readonly config?: string;
    }[];
  }[];
}

/** What was seen at a station while the request passed. */
export interface Observation {
  readonly station: Station;
  /** The rules that counted packets. */
  readonly moved: readonly MovedRule[];
  /** What enters is led to Envoy. */
  readonly capturesInbound: boolean;
  /** What leaves is led to Envoy. */
  readonly capturesOutbound: boolean;
  readonly connections: readonly TrackedConnection[];
  /** Lines of `ss`. */
  readonly sockets: readonly string[];
  /** Lines that Envoy has written meanwhile, of this request and of others. */
  readonly accessLog: readonly AccessLogLine[];
  /** Lines of the other containers with the request's mark. */
  readonly applicationLog: readonly string[];
  /** Counters of Envoy's endpoints that moved, as `cluster::address::counter +1`. */
  readonly endpointsMoved: readonly string[];
  readonly listeners: readonly Listener[];
  readonly routes: readonly RouteConfiguration[];
  readonly packets: readonly Packet[];
  /** What a person puts in front of a command to run it in this network namespace. */
  readonly prefix: string;
}

/**
 * Reads what a station's commands said.
 * @param mark the request's user agent
 * @throws UserError if Envoy's configuration did not come through whole
 */
export function readObservation(station: Station, sections: Sections, mark: string): Observation {
  const text = (name: string) => sections.get(name) ?? "";
  const [before, after] = [text("nat-before"), text("nat-after")];
  const rules = parseNatRules(after);
  const has = (chain: string) => rules.some((rule) => rule.chain === chain);
  const lines = text("logs").split("\n").map(logLine);
  const pid = text("process").trim();
  return {
    station,
    moved: movedRules(before, after),
    capturesInbound: has("ISTIO_INBOUND"),
    capturesOutbound: has("ISTIO_OUTPUT"),
    connections: parseConnectionTable(text("connections")),
    sockets: text("sockets").split("\n").filter(Boolean),
    accessLog: lines.flatMap(({ line }) => parseAccessLogLine(line) ?? []),
    applicationLog: lines
      .filter(isOfApplication)
      .map(({ line }) => line)
      .filter((line) => line.includes(mark)),
    endpointsMoved: movedCounters(text("endpoints-before"), text("endpoints-after")),
    listeners: parseList(station, "listeners", text("listeners")) as readonly Listener[],
    routes: parseList(station, "routes", text("routes")) as readonly RouteConfiguration[],
    packets: parsePackets(Buffer.from(text("packets").trim(), "base64")),
    prefix: pid === "-" ? station.machine.prefix : `${station.machine.prefix} nsenter -t ${pid} -n`,
  };
}

/** `CONTAINER\tTIME stdout F LINE`: containerd's own words are taken off. */
function logLine(text: string): { container: string; line: string } {
  const [container = "", ...rest] = text.split("\t");
  return { container, line: rest.join("\t").replace(/^\S+ (stdout|stderr) [FP] /, "") };
}

const isOfApplication = ({ container }: { container: string }) => container !== "istio-proxy" && container !== "istio";

function movedCounters(before: string, after: string): string[] {
  const read = (text: string) =>
    [...text.matchAll(/^(.+)::(\d+)$/gm)].map(([, key = "", value]) => [key, Number(value)] as const);
  const known = new Map(read(before));
  return read(after).flatMap(([key, value]) => {
    const moved = value - (known.get(key) ?? 0);
    return moved > 0 ? [`${key} +${moved}`] : [];
  });
}

function parseList(station: Station, what: string, text: string): readonly unknown[] {
  if (text.trim() === "") {
    return [];
  }
  try {
    const list = JSON.parse(text) as unknown;
    if (Array.isArray(list)) {
      return list;
    }
  } catch {
    // Said below.
  }
  throw new UserError(
    `${station.label}: Envoy's ${what} came through incomplete: ${text.trim().slice(0, 80)}; trace again`,
  );
}
