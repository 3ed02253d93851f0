import type { AccessLogLine } from "../observe/access-log";
import { formatEndpoint } from "../observe/endpoint";
import { firstPacket, firstBytes, type NewHop, type Walk } from "../walk";
import { endpointEvidence, fact, logEvidence, ownerOf, sighting, socketEvidence } from "./evidence";
import { chainPath, connectionEvidence, ruleEvidence, trackedAt } from "./kernel-evidence";
import { decisionFacts, failureOf, listenerFacts, routeFacts } from "./envoy-facts";
import { payloadOf, securityFacts } from "./tls";

/** The client opens its connection. */
export function addClient(walk: Walk): void {
  const { source, connection, answer } = walk;
  const { payload, evidence } = payloadOf(source, connection.source);
  walk.add({
    kind: "client",
    ...sighting(source, connection),
    title: "the client sends its request",
    ...(payload === undefined ? {} : securityFacts(payload)),
    milliseconds: 0,
    facts: [
      ...fact("request", payload?.kind === "http" ? payload.requestLine : undefined),
      ...fact("Host", payload?.kind === "http" ? payload.headers["host"] : undefined),
      ...fact("answer", answer.status === 0 ? answer.problem : String(answer.status)),
    ],
    evidence: [...connectionEvidence(source, trackedAt(source, connection)), ...evidence],
  });
}

/** Where the source has a sidecar: iptables, Envoy, and iptables again. */
export function addSidecarOutbound(walk: Walk): void {
  if (!walk.source.capturesOutbound) {
    return;
  }
  const { destination } = walk.connection;
  const line = walk.logged(walk.source, walk.connection.source, "outbound");
  addRedirect(walk);
  addOutboundEnvoy(walk, line);
  if (line?.upstreamLocal !== undefined && line.upstreamHost !== undefined) {
    walk.goOn({ source: line.upstreamLocal, destination: line.upstreamHost });
    addLeaving(walk, destination.port);
  }
}

function addRedirect(walk: Walk): void {
  const { source, connection } = walk;
  const rules = source.moved.filter(
    ({ chain, rule }) =>
      (chain === "OUTPUT" && rule.includes("ISTIO_OUTPUT")) ||
      (chain === "ISTIO_OUTPUT" && rule.endsWith("-j ISTIO_REDIRECT")) ||
      (chain === "ISTIO_REDIRECT" && rule.includes("15001")),
  );
  const entry = trackedAt(source, connection);
  walk.add({
    kind: "iptables-outbound",
    station: source.station.label,
    title: `iptables redirects outgoing traffic to Envoy's port ${entry?.reply.source.port ?? 15001}`,
    source: formatEndpoint(connection.source),
    destination: entry ? formatEndpoint(entry.reply.source) : formatEndpoint(connection.destination),
    ...walk.since(firstPacket(source, connection.source)),
    facts: [...fact("NAT rules", chainPath(rules)), ...fact("wanted", formatEndpoint(connection.destination))],
    evidence: [...ruleEvidence(source, rules), ...connectionEvidence(source, entry)],
  });
}

function addOutboundEnvoy(walk: Walk, line: AccessLogLine | undefined): void {
  const { source, connection } = walk;
  const listening = { address: "127.0.0.1", port: 15001 };
  const hop: NewHop = {
    kind: "envoy-outbound",
    ...sighting(source, connection),
    title: line?.upstreamHost ? "Envoy picks route, cluster and endpoint" : "Envoy takes the request",
    ...walk.since(firstBytes(source, connection.source)),
    facts: [
      ...fact("process", ownerOf(source, listening)),
      ...listenerFacts(source, connection.destination.port, connection.destination, undefined),
      ...(line ? [...routeFacts(source, line, connection.destination.port), ...decisionFacts(line)] : []),
    ],
    evidence: [
      ...logEvidence(source, line),
      ...endpointEvidence(source, line?.upstreamHost),
      ...socketEvidence(source, connection.source),
    ],
  };
  walk.addProxy(hop, line && failureOf(line), line?.upstreamLocal !== undefined);
}

function addLeaving(walk: Walk, wantedPort: number): void {
  const { source, connection } = walk;
  const rules = source.moved.filter(
    ({ chain, rule }) => chain === "ISTIO_OUTPUT" && /^-m owner --[ug]id-owner \d+ -j RETURN$/.test(rule),
  );
  const { payload, evidence } = payloadOf(source, connection.source);
  const { security, facts } = securityFacts(payload);
  walk.add({
    kind: "iptables-leaving",
    ...sighting(source, connection),
    title: "iptables lets Envoy's own connection pass, by its user",
    ...(security ? { security } : {}),
    ...walk.since(firstPacket(source, connection.source)),
    facts: [
      ...fact("NAT rules", chainPath(rules)),
      ...fact("socket", ownerOf(source, connection.source)),
      ...fact("in place of", wantedPort === connection.destination.port ? undefined : `port ${wantedPort}`),
      ...facts,
    ],
    evidence: [...ruleEvidence(source, rules), ...socketEvidence(source, connection.source), ...evidence],
  });
}
