import type { Observation } from "../observation";
import { firstBytes, type NewHop, type Walk } from "../walk";
import { evidence, fact, ownerOf, podName, sighting, socketEvidence } from "./evidence";
import { payloadOf } from "./tls";

/** The request is where it was to go. */
export function addApplication(walk: Walk, seen: Observation): void {
  const { connection } = walk;
  const { payload, evidence: packets } = payloadOf(seen, connection.source);
  const headers = payload?.kind === "http" ? payload.headers : {};
  const hop: NewHop = {
    kind: "application",
    ...sighting(seen, connection),
    title: "the application answers",
    security: "plain",
    ...walk.since(firstBytes(seen, connection.source)),
    facts: [
      ...fact("process", ownerOf(seen, connection.destination)),
      ...fact("sees as its peer", connection.source.address),
      ...fact("X-Forwarded-For", headers["x-forwarded-for"]),
      ...fact("own log", seen.applicationLog.at(-1)),
    ],
    evidence: [
      ...evidence("the application's log", applicationCommand(seen), seen.applicationLog),
      ...socketEvidence(seen, connection.destination),
      ...packets,
    ],
  };
  const { status } = walk.answer;
  walk.add(status >= 400 ? { ...hop, failure: `${status}: the application's own answer` } : hop);
}

function applicationCommand({ station }: Observation): string {
  const { namespace, name } = podName(station);
  return `kubectl logs --namespace ${namespace} ${name} --all-containers`;
}
