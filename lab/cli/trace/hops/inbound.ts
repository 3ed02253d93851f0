import type { AccessLogLine } from "../observe/access-log";
import { formatEndpoint, isSameEndpoint, type Connection, type Endpoint } from "../observe/endpoint";
import type { Observation } from "../observation";
import { firstBytes, firstPacket, type Walk } from "../walk";
import { endpointEvidence, fact, logEvidence, ownerOf, sighting, socketEvidence } from "./evidence";
import { chainPath, connectionEvidence, ruleEvidence, trackedAt } from "./kernel-evidence";
import { decisionFacts, failureOf, listenerFacts } from "./envoy-facts";
import { addApplication } from "./application";
import { clusterFacts, passedOn } from "./gateway";
import { payloadOf, securityFacts } from "./tls";

/** From where a sidecar opens its connections to its application, so that iptables lets them pass. Study notes 6.1.4. */
const ENVOY_SOURCE = "127.0.0.6";

/** The request enters a pod or a VM with a sidecar: iptables, Envoy, iptables, application. */
export function addInbound(walk: Walk, seen: Observation): void {
  const { connection } = walk;
  const line = walk.logged(seen, connection.source, "inbound");
  addRedirect(walk, seen);
  const { upstreamLocal, upstreamHost } = line ?? {};
  const inner =
    upstreamLocal && upstreamHost
      ? { source: upstreamLocal, destination: upstreamHost }
      : line === undefined
        ? passedOn(walk, seen, [ENVOY_SOURCE])
        : undefined;
  addEnvoy(walk, seen, line, inner);
  if (inner !== undefined) {
    addLoopback(walk, seen, inner);
    walk.goOn(inner);
    addApplication(walk, seen);
  }
}

function addRedirect(walk: Walk, seen: Observation): void {
  const { connection } = walk;
  const rules = seen.moved.filter(
    ({ chain, rule }) =>
      (chain === "PREROUTING" && rule.includes("ISTIO_INBOUND")) ||
      (chain === "ISTIO_INBOUND" && rule.includes("ISTIO_IN_REDIRECT")) ||
      chain === "ISTIO_IN_REDIRECT",
  );
  const entry = trackedAt(seen, connection);
  const { payload, evidence } = payloadOf(seen, connection.source);
  const { security } = securityFacts(payload);
  walk.add({
    kind: "iptables-inbound",
    ...sighting(seen, connection),
    title: `iptables redirects incoming traffic to Envoy's port ${entry?.reply.source.port ?? "15006"}`,
    ...(security ? { security } : {}),
    ...walk.since(firstPacket(seen, connection.source)),
    facts: [
      ...fact("NAT rules", chainPath(rules)),
      ...fact("answers come from", entry && formatEndpoint(entry.reply.source)),
    ],
    evidence: [...ruleEvidence(seen, rules), ...connectionEvidence(seen, entry), ...evidence],
  });
}

function addEnvoy(walk: Walk, seen: Observation, line: AccessLogLine | undefined, inner: Connection | undefined): void {
  const { connection } = walk;
  const { payload } = payloadOf(seen, connection.source);
  const { security, facts } = securityFacts(payload);
  const port = trackedAt(seen, connection)?.reply.source.port ?? 15006;
  const failure = failureAtEnvoy(walk, seen, line, inner);
  walk.add({
    kind: "envoy-inbound",
    station: seen.station.label,
    title: inner
      ? "the sidecar's Envoy hands the request to its application"
      : "the sidecar's Envoy takes the connection",
    source: formatEndpoint(connection.source),
    destination: formatEndpoint({ address: connection.destination.address, port }),
    ...(security ? { security } : {}),
    ...walk.since(firstBytes(seen, connection.source)),
    facts: [
      ...fact("process", ownerOf(seen, { address: "0.0.0.0", port })),
      ...listenerFacts(seen, port, connection.destination, payload),
      ...facts,
      ...identityFacts(seen, inner?.source),
      ...(line ? decisionFacts(line) : clusterFacts(seen, inner)),
    ],
    evidence: [
      ...logEvidence(seen, line),
      ...endpointEvidence(seen, inner?.destination),
      ...socketEvidence(seen, connection.source, inner?.source),
    ],
    ...(failure === undefined ? {} : { failure }),
  });
}

/** What Envoy says in its log, what the client's end of the connection got, and what curl said of it. */
function failureAtEnvoy(
  walk: Walk,
  seen: Observation,
  line: AccessLogLine | undefined,
  inner: Connection | undefined,
): string | undefined {
  const { source } = walk.connection;
  const said = line && failureOf(line);
  if (inner !== undefined) {
    return said;
  }
  const reset = seen.packets.some((packet) => packet.resets && isSameEndpoint(packet.destination, source));
  return [said, reset ? "connection reset" : undefined, walk.answer.problem].filter(Boolean).join("; ") || "no answer";
}

/** Envoy tells the application who called in a header that only it can set. */
function identityFacts(seen: Observation, from: Endpoint | undefined) {
  const payload = from && payloadOf(seen, from).payload;
  const header = payload?.kind === "http" ? payload.headers["x-forwarded-client-cert"] : undefined;
  const last = header?.split(",").at(-1);
  return [
    ...fact("caller's SPIFFE id", /URI=([^;]+)/.exec(last ?? "")?.[1]),
    ...fact("own SPIFFE id", /By=([^;]+)/.exec(last ?? "")?.[1]),
  ];
}

function addLoopback(walk: Walk, seen: Observation, inner: Connection): void {
  const rules = seen.moved.filter(
    ({ chain, rule }) =>
      (chain === "OUTPUT" && rule.includes("ISTIO_OUTPUT")) ||
      (chain === "ISTIO_OUTPUT" && rule.includes("127.0.0.6") && rule.includes("RETURN")),
  );
  const { evidence } = payloadOf(seen, inner.source);
  walk.add({
    kind: "iptables-loopback",
    ...sighting(seen, inner),
    title: `iptables lets Envoy's connection from ${inner.source.address} pass to the application`,
    security: "plain",
    ...walk.since(firstPacket(seen, inner.source)),
    facts: [...fact("NAT rules", chainPath(rules)), ...fact("socket", ownerOf(seen, inner.source))],
    evidence: [...ruleEvidence(seen, rules), ...socketEvidence(seen, inner.source), ...evidence],
  });
}
