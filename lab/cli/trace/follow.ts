import { formatEndpoint, parseEndpoint } from "./observe/endpoint";
import type { Observation } from "./observation";
import type { TraceHop, TraceOutcome } from "./report";
import { fact } from "./hops/evidence";
import { TRACKED } from "./hops/kernel-evidence";
import { addGateway } from "./hops/gateway";
import { addApplication } from "./hops/application";
import { addInbound } from "./hops/inbound";
import { addNodes } from "./hops/node";
import { addClient, addSidecarOutbound } from "./hops/source";
import { lastBytes, Walk, type ClientAnswer } from "./walk";

/** No path of the labs has more gateways in a row. */
const MOST_STATIONS = 6;

/**
 * Follows one request from its client to where it ended, by what was seen on the way.
 * @param all what was seen at every station
 * @param mark the request's user agent
 */
export function followRequest(
  source: Observation,
  all: readonly Observation[],
  answer: ClientAnswer,
  mark: string,
): { readonly hops: readonly TraceHop[]; readonly outcome: TraceOutcome } {
  const start = answer.connection ?? firstConnection(source);
  if (start === undefined) {
    const failure = answer.problem ?? "no connection";
    const hop: TraceHop = {
      number: 1,
      kind: "client",
      station: source.station.label,
      title: "the client cannot send its request",
      facts: [],
      evidence: [],
      failure,
    };
    return { hops: [hop], outcome: { ok: false, status: 0, milliseconds: 0, failedAt: 1, reason: failure } };
  }
  const walk = new Walk(source, all, answer, mark, start);
  addClient(walk);
  addSidecarOutbound(walk);
  for (let count = 0; count < MOST_STATIONS && !walk.hasFailed && addNext(walk); count++) {}
  if (answer.status === 0 || answer.status >= 400) {
    walk.blame();
  }
  addResponse(walk);
  const hops = walk.hops.map((hop, index) => ({ number: index + 1, ...hop }));
  return { hops, outcome: outcomeOf(walk, hops) };
}

/** A client that got no answer may have opened a connection all the same. */
function firstConnection({ packets, station }: Observation) {
  return packets.find(
    ({ opens, source }) => opens && (station.addresses.length === 0 || station.addresses.includes(source.address)),
  );
}

/** @returns whether there is more to follow */
function addNext(walk: Walk): boolean {
  addNodes(walk);
  const seen = walk.at(walk.connection.destination.address);
  if (seen === undefined) {
    // Somebody has led the service elsewhere: better said than left out.
    const last = walk.hops.pop();
    if (last !== undefined) {
      const value = `${formatEndpoint(walk.connection.destination)}, which is not watched in this trace`;
      walk.add({ ...last, facts: [...last.facts, ...fact("goes on to", value)] });
    }
    return false;
  }
  if (seen.capturesInbound) {
    addInbound(walk, seen);
    return false;
  }
  if (seen.listeners.length > 0) {
    return addGateway(walk, seen);
  }
  addApplication(walk, seen);
  return false;
}

/** A request that failed without a word of any proxy ends where it was last seen. */
function addResponse(walk: Walk): void {
  const { answer, source, hops } = walk;
  const client = hops[0]?.source === undefined ? undefined : parseEndpoint(hops[0].source);
  const wanted = hops[0]?.destination === undefined ? undefined : parseEndpoint(hops[0].destination);
  if (answer.status === 0) {
    const last = hops.at(-1);
    if (!walk.hasFailed && last !== undefined) {
      hops[hops.length - 1] = { ...last, failure: answer.problem ?? "no answer" };
    }
    return;
  }
  const back = client && lastBytes(source, client);
  walk.add({
    kind: "response",
    station: source.station.label,
    title: "the answer comes back by the same connections, translated the other way round",
    ...(wanted ? { source: formatEndpoint(wanted) } : {}),
    ...(client ? { destination: formatEndpoint(client) } : {}),
    milliseconds: Math.round(answer.total * 1e5) / 100,
    ...walk.since(back),
    facts: [
      ...fact("status", String(answer.status)),
      ...fact("time that curl waited", `${(answer.total * 1000).toFixed(1)} ms, with its own work before and after`),
    ],
    // The way back is in the same entries, the last one first.
    evidence: hops.toReversed().flatMap(({ evidence }) => evidence.filter(({ title }) => title === TRACKED)),
  });
}

function outcomeOf({ answer, hops: walked }: Walk, hops: readonly TraceHop[]): TraceOutcome {
  const failed = hops.find(({ failure }) => failure !== undefined);
  const ok = answer.status > 0 && answer.status < 400;
  const last =
    walked.at(-1)?.kind === "response" ? (walked.at(-1)?.milliseconds ?? answer.total * 1000) : answer.total * 1000;
  return {
    ok,
    status: answer.status,
    milliseconds: Math.round(last * 100) / 100,
    ...(failed?.failure === undefined || ok ? {} : { failedAt: failed.number, reason: failed.failure }),
  };
}
