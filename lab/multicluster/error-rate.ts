import type { CheckCommand, Obstacle, Precondition } from "../../infra/core/check";
import { here, inCluster } from "../shared/check-commands";
import { scriptLine } from "../shared/script-line";
import type { AccessCluster } from "../program/outputs";
import { SCRIPTS, type Mesh } from "./check-commands";

/** A cluster's backend. */
export function backendOf({ name }: Pick<AccessCluster, "name">): string {
  return `deployment/simple-backend-${name}`;
}

/** The rate of a backend all of whose calls fail. */
const ALL_FAIL = "1";

/** The command that makes all calls of a cluster's backend fail, or takes back that it did. */
export function makeFail(cluster: AccessCluster, isWanted: boolean): CheckCommand {
  const values = { DEPLOYMENT: backendOf(cluster), RATE: ALL_FAIL, IS_WANTED: isWanted ? "yes" : "no" };
  return inCluster(cluster.name, scriptLine("error-rate-set.sh", values, SCRIPTS));
}

/** Names the backends that have an ERROR_RATE, a line each. */
function errorRates(clusters: readonly AccessCluster[]): string {
  const backends = clusters.map((one) => `${backendOf(one)} ${one.context}`);
  return scriptLine("error-rates.sh", { BACKENDS: backends.join("\n") }, SCRIPTS);
}

/** An ERROR_RATE of the user's in the first cluster: calls fail there, or another cluster answers them. */
export function failingFirst({ first }: Mesh): Obstacle {
  const remove = `kubectl --namespace istioinaction set env ${backendOf(first)} ERROR_RATE-`;
  return { find: here(errorRates([first])), remedy: inCluster(first.name, remove) };
}

/**
 * No ERROR_RATE in any cluster.
 * @param why the scenario needs that, as the rest of a sentence
 */
export function noErrorRates({ clusters }: Mesh, why: string): Precondition {
  return {
    wanted: `no ERROR_RATE in ${clusters.map(backendOf).join(" and ")}: ${why}`,
    inTheWay: here(errorRates(clusters)),
  };
}
