import { formatEndpoint, isSameEndpoint, type Endpoint } from "../observe/endpoint";
import { readPayload, type Payload } from "../observe/payload";
import type { Observation } from "../observation";
import type { HopEvidence, HopFact } from "../report";
import { firstBytes } from "../walk";
import { evidence, fact } from "./evidence";

/** What the first bytes on a connection were, and the packets at its beginning. */
export function payloadOf(
  seen: Observation,
  from: Endpoint,
): { payload: Payload | undefined; evidence: HopEvidence[] } {
  const packet = firstBytes(seen, from);
  const payload = packet && readPayload(packet.payload);
  const packets = seen.packets.filter(
    ({ source, destination }) => isSameEndpoint(source, from) || isSameEndpoint(destination, from),
  );
  const lines = packets.slice(0, 8).map(({ time, direction, source, destination, opens, payload: bytes }) => {
    const clock = new Date(time).toISOString().slice(11, 23);
    return `${clock} ${direction.padEnd(5)} ${formatEndpoint(source)} > ${formatEndpoint(destination)}: ${opens ? "SYN" : `tcp ${bytes.length}`}`;
  });
  const head =
    payload?.kind === "http"
      ? ["", payload.requestLine, ...Object.entries(payload.headers).map(([name, value]) => `${name}: ${value}`)]
      : [];
  return {
    payload,
    evidence: evidence("packets", `${seen.prefix} tcpdump -nnqi any port ${from.port}`, [...lines, ...head]),
  };
}

/** Plain text or mutual TLS, with what a ClientHello gives away. */
export function securityFacts(payload: Payload | undefined): { security?: "plain" | "mTLS"; facts: HopFact[] } {
  if (payload?.kind === "tls") {
    return {
      security: "mTLS",
      facts: [...fact("SNI", payload.serverName), ...fact("ALPN", payload.protocols.join(", "))],
    };
  }
  return payload?.kind === "http" ? { security: "plain", facts: [] } : { facts: [] };
}
