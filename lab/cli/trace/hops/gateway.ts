import { formatEndpoint, type Connection } from "../observe/endpoint";
import type { Observation } from "../observation";
import { firstBytes, firstPacket, type NewHop, type Walk } from "../walk";
import { endpointEvidence, fact, logEvidence, ownerOf, sighting, socketEvidence } from "./evidence";
import { decisionFacts, failureOf, listenerFacts, routeFacts } from "./envoy-facts";
import { payloadOf, securityFacts } from "./tls";

/**
 * A gateway takes the request and makes a connection of its own.
 * @returns false if the request goes no further
 */
export function addGateway(walk: Walk, seen: Observation): boolean {
  const { connection } = walk;
  const line = walk.logged(seen, connection.source, "outbound");
  const next =
    line?.upstreamLocal && line.upstreamHost
      ? { source: line.upstreamLocal, destination: line.upstreamHost }
      : line === undefined
        ? passedOn(walk, seen, seen.station.addresses)
        : undefined;
  const { payload, evidence } = payloadOf(seen, connection.source);
  const { security, facts } = securityFacts(payload);
  const { port } = connection.destination;
  const isHttp = line !== undefined && line.request !== "- - -";
  const hop: NewHop = {
    kind: "envoy-gateway",
    ...sighting(seen, connection),
    title: titleOf(isHttp, next),
    ...(security ? { security } : {}),
    ...walk.since(firstPacket(seen, connection.source)),
    facts: [
      ...fact("process", ownerOf(seen, connection.destination)),
      ...facts,
      ...listenerFacts(seen, port, connection.destination, payload),
      ...(isHttp ? [...routeFacts(seen, line, port), ...decisionFacts(line)] : clusterFacts(seen, next)),
      ...fact("iptables", seen.capturesInbound ? undefined : "no rule of Istio: a gateway's pod is not captured"),
      ...fact("own connection", next && `${formatEndpoint(next.source)} → ${formatEndpoint(next.destination)}`),
    ],
    evidence: [
      ...logEvidence(seen, line),
      ...endpointEvidence(seen, next?.destination),
      ...socketEvidence(seen, connection.source, next?.source),
      ...evidence,
    ],
  };
  walk.addProxy(hop, line && failureOf(line), next !== undefined);
  if (next !== undefined) {
    walk.goOn(next);
  }
  return next !== undefined;
}

function titleOf(isHttp: boolean, next: Connection | undefined): string {
  if (!isHttp) {
    return "the gateway passes the connection on by its SNI, unopened";
  }
  return next === undefined
    ? "the gateway's Envoy finds no route"
    : "the gateway's Envoy picks route, cluster and endpoint";
}

/**
 * The connection that a proxy opens for one that has come in: what is passed on unread is logged at its end only, and the capture shows it before.
 * @param own addresses from which the proxy opens its connections
 */
export function passedOn(walk: Walk, seen: Observation, own: readonly string[]): Connection | undefined {
  const began = firstBytes(seen, walk.connection.source)?.time ?? Infinity;
  const opened = seen.packets.find(
    ({ opens, time, source, destination }) =>
      opens && time >= began && own.includes(source.address) && walk.at(destination.address) !== undefined,
  );
  return opened && { source: opened.source, destination: opened.destination };
}

/** Cluster and endpoint by the counters that moved, if no log tells them. */
export function clusterFacts({ endpointsMoved }: Observation, next: Connection | undefined) {
  const moved = next && endpointsMoved.find((line) => line.includes(`::${formatEndpoint(next.destination)}::`));
  return [...fact("cluster", moved?.split("::")[0]), ...fact("endpoint", next && formatEndpoint(next.destination))];
}
