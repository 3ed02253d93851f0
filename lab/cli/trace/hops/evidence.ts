import type { AccessLogLine } from "../observe/access-log";
import { formatEndpoint, type Connection, type Endpoint } from "../observe/endpoint";
import type { Observation } from "../observation";
import type { HopEvidence, HopFact, TraceHop } from "../report";
import type { Station } from "../station";

/** Namespace and name of a pod's station. */
export function podName({ label }: Station): { namespace: string; name: string } {
  const [namespace = "", name = ""] = label
    .replace(/^pod /, "")
    .replace(/ in \S+$/, "")
    .split("/");
  return { namespace, name };
}

/** What a hop says of a connection at a station. */
export function sighting(
  { station }: Observation,
  { source, destination }: Connection,
): Pick<TraceHop, "station" | "source" | "destination"> {
  return { station: station.label, source: formatEndpoint(source), destination: formatEndpoint(destination) };
}

/** A fact, if there is one. */
export function fact(label: string, value: string | undefined): HopFact[] {
  return value === undefined || value === "" ? [] : [{ label, value }];
}

/** Evidence, if there is some. */
export function evidence(title: string, command: string, lines: readonly string[]): HopEvidence[] {
  return lines.length === 0 ? [] : [{ title, command, text: `${lines.join("\n")}\n` }];
}

/** The line of Envoy's access log. */
export function logEvidence({ station }: Observation, line: AccessLogLine | undefined): HopEvidence[] {
  const { namespace, name } = podName(station);
  const command =
    station.kind === "pod"
      ? `kubectl logs --namespace ${namespace} ${name} --container istio-proxy`
      : `${station.machine.prefix} cat ${station.logs}`;
  return line === undefined ? [] : evidence("Envoy's access log", command, [line.line]);
}

/** Sockets with one of these ends. */
export function socketEvidence(
  { prefix, sockets }: Observation,
  ...ends: readonly (Endpoint | undefined)[]
): HopEvidence[] {
  const wanted = ends.flatMap((end) => (end === undefined ? [] : [formatEndpoint(end)]));
  const lines = sockets.filter((line) => wanted.some((end) => line.split(/\s+/).includes(end)));
  return evidence("sockets", `${prefix} ss -tanpe`, lines);
}

/** Who owns the socket with this own end: program and user, e.g. `envoy, uid 1337`. */
export function ownerOf({ sockets }: Observation, end: Endpoint | undefined): string | undefined {
  const line =
    end && sockets.find((socket) => socket.split(/\s+/)[3] === formatEndpoint(end) || isListening(socket, end));
  if (line === undefined) {
    return undefined;
  }
  const program = /users:\(\("([^"]+)"/.exec(line)?.[1];
  const user = /\buid:(\d+)/.exec(line)?.[1] ?? (program === undefined ? undefined : "0");
  return [program, user === undefined ? undefined : `uid ${user}`].filter(Boolean).join(", ") || undefined;
}

function isListening(socket: string, { address, port }: Endpoint): boolean {
  const [state, , , local = ""] = socket.split(/\s+/);
  return state === "LISTEN" && [`0.0.0.0:${port}`, `*:${port}`, `[::]:${port}`, `${address}:${port}`].includes(local);
}

/** Counters of an endpoint that moved. */
export function endpointEvidence({ prefix, endpointsMoved }: Observation, host: Endpoint | undefined): HopEvidence[] {
  const lines = host === undefined ? [] : endpointsMoved.filter((line) => line.includes(`::${formatEndpoint(host)}::`));
  return evidence("endpoint counters that moved", `${prefix} curl -s localhost:15000/clusters`, lines);
}
