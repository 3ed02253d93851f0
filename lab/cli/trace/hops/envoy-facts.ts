import { RESPONSE_DETAILS, RESPONSE_FLAGS, type AccessLogLine } from "../observe/access-log";
import { formatEndpoint, type Endpoint } from "../observe/endpoint";
import type { Payload } from "../observe/payload";
import type { FilterChain, Listener, Observation } from "../observation";
import type { HopFact } from "../report";
import { fact } from "./evidence";

/** What Envoy's log says of its decision: route, cluster, endpoint, answer. */
export function decisionFacts(line: AccessLogLine): HopFact[] {
  return [
    ...fact("route", line.routeName),
    ...fact("cluster", line.upstreamCluster),
    ...fact("endpoint", line.upstreamHost && formatEndpoint(line.upstreamHost)),
    ...fact("answer", `${line.status}${line.flags ? ` ${line.flags}` : ""} ${line.details ?? ""}`.trim()),
    ...fact("time in Envoy and beyond", `${line.duration} ms`),
    ...fact("X-Forwarded-For", line.forwardedFor),
    ...fact("request id", line.requestId),
  ];
}

/** Why the request ended here; undefined if it went on. */
export function failureOf(line: AccessLogLine): string | undefined {
  const flags = line.flags?.split(",") ?? [];
  if (flags.length === 0) {
    return undefined;
  }
  const words = RESPONSE_DETAILS[line.details ?? ""] ?? flags.map((flag) => RESPONSE_FLAGS[flag] ?? flag).join("; ");
  const status = line.status === 0 ? "connection closed" : String(line.status);
  const transport = line.transportFailure === undefined ? "" : ` (${line.transportFailure})`;
  return `${status} ${line.flags ?? ""} ${line.details ?? ""}: ${words}${transport}`;
}

/** The listener on a port, and its filter chain for a connection like this one. */
export function listenerFacts(
  { listeners }: Observation,
  port: number,
  arrived: Endpoint,
  payload: Payload | undefined,
): HopFact[] {
  const listener =
    listeners.find(({ address }) => address.port_value === port && address.address === arrived.address) ??
    listeners.find(({ address }) => address.port_value === port);
  if (listener === undefined) {
    return [];
  }
  const chain = chainFor(listener, arrived.port, payload);
  return [
    ...fact("listener", `${listener.name} (${listener.address.address}:${listener.address.port_value})`),
    ...fact("filter chain", chain && `${chain.name ?? "unnamed"} (${described(chain)})`),
  ];
}

/** The most specific chain whose conditions hold, in Envoy's order: port, server name, transport protocol, application protocol. */
function chainFor(listener: Listener, port: number, payload: Payload | undefined): FilterChain | undefined {
  const transport = payload?.kind === "tls" ? "tls" : "raw_buffer";
  const protocols = payload?.kind === "tls" ? payload.protocols : ["http/1.1"];
  const name = payload?.kind === "tls" ? payload.serverName : undefined;
  const fits = listener.chains.filter(({ match = {} }) => {
    const names = match.server_names ?? [];
    const applications = match.application_protocols ?? [];
    return (
      (match.destination_port === undefined || match.destination_port === port) &&
      (match.transport_protocol === undefined || match.transport_protocol === transport) &&
      (names.length === 0 || (name !== undefined && names.includes(name))) &&
      (applications.length === 0 || applications.some((one) => protocols.includes(one)))
    );
  });
  const weight = ({ match = {} }: FilterChain) =>
    (match.destination_port === undefined ? 0 : 8) +
    ((match.server_names ?? []).length > 0 ? 4 : 0) +
    (match.transport_protocol === undefined ? 0 : 2) +
    ((match.application_protocols ?? []).length > 0 ? 1 : 0);
  return fits.sort((one, other) => weight(other) - weight(one))[0];
}

function described({ match = {} }: FilterChain): string {
  const parts = [
    match.destination_port === undefined ? "" : `port ${match.destination_port}`,
    match.transport_protocol ?? "",
    (match.application_protocols ?? []).join(" "),
    (match.server_names ?? []).join(" "),
  ].filter(Boolean);
  return parts.length === 0 ? "matches everything" : `matches ${parts.join(", ")}`;
}

/** The virtual host and the VirtualService that the request's authority leads to, from the routes that Envoy has now. */
export function routeFacts({ routes }: Observation, line: AccessLogLine, port: number): HopFact[] {
  const authority = line.authority ?? "";
  const name = authority.replace(/:\d+$/, "");
  const own = routes.filter((route) => route.name === String(port) || route.name.endsWith(`.${port}`));
  const domains = [authority, name, `${name}:*`, "*"];
  for (const configuration of own) {
    const host = domains
      .map((domain) => configuration.hosts.find((one) => one.domains.includes(domain)))
      .find((found) => found !== undefined);
    if (host !== undefined) {
      const route =
        host.routes.find(({ cluster }) => cluster !== undefined && cluster === line.upstreamCluster) ?? host.routes[0];
      const service = /virtual-services?\/(.+)$/.exec(route?.config ?? "")?.[1];
      return [
        ...fact("route configuration", `${configuration.name}, virtual host ${host.name}`),
        ...fact("VirtualService", line.upstreamCluster === undefined ? undefined : service),
      ];
    }
  }
  return fact(
    "route configuration",
    own.length === 0 ? undefined : `${own.map((one) => one.name).join(", ")}: no virtual host for ${authority}`,
  );
}
