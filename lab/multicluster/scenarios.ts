import type { Scenario } from "../../infra/core/check";
import type { Mesh } from "./check-commands";
import { failover, withoutLocality } from "./locality-scenarios";
import { onlyTheIngressGateway, peerIdentities } from "./policy-scenarios";

/** The study notes' observations that need a change of the lab, which each scenario takes back. */
export function scenarios(mesh: Mesh): Scenario[] {
  return [withoutLocality(mesh), failover(mesh), peerIdentities(mesh), onlyTheIngressGateway(mesh)];
}
