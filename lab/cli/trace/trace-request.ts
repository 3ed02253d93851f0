import { randomUUID } from "node:crypto";
import type { LabOutputs } from "../../program/outputs";
import type { TraceMap } from "../../program/trace-map";
import type { Session } from "../pulumi/session";
import { readObjects } from "./cluster-objects";
import { readAnswer } from "./client-answer";
import { followRequest } from "./follow";
import { readObservation } from "./observation";
import { describeLab } from "../stack/lab-of-stack";
import { chooseEnds } from "./ends";
import { planTrace } from "./plan";
import type { TraceReport } from "./report";
import type { RequestOptions } from "./request";
import { watchRequest } from "./watch";

/**
 * Sends one marked request between two places of a lab and says what it passed through.
 * @param map between which places
 * @throws UserError if an end is not known or a machine cannot be watched
 */
export async function traceRequest(
  session: Session,
  outputs: LabOutputs,
  map: TraceMap,
  from: string,
  to: string,
  options: RequestOptions,
): Promise<TraceReport> {
  const { stack, env } = session;
  const started = new Date();
  const ends = chooseEnds(map, from, to, describeLab(session, outputs));
  const objects = await Promise.all(outputs.clusters.map((cluster) => readObjects(cluster, session)));
  const plan = planTrace(ends, outputs, objects, session, options);
  const mark = `istio-lab-trace/${randomUUID().slice(0, 8)}`;
  const seen = await watchRequest(plan, mark, `@@${randomUUID()}`, env);
  const observations = plan.stations.map((station) =>
    readObservation(station, seen.get(station.id) ?? new Map(), mark),
  );
  const source = observations.find(({ station }) => station.id === plan.source.id) ?? observations[0];
  if (source === undefined) {
    throw new Error("a plan without stations");
  }
  const answer = readAnswer(seen.get(plan.source.id)?.get("answer") ?? "");
  const { hops, outcome } = followRequest(source, observations, answer, mark);
  return {
    ...{ lab: outputs.lab, stack, from, to, startedAt: started.toISOString() },
    request: { url: plan.url, host: plan.host, mark },
    ...{ outcome, hops, seconds: (Date.now() - started.getTime()) / 1000 },
  };
}
