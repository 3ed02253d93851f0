import type { Obstacle, Precondition } from "../../infra/core/check";
import { here, inCluster } from "../shared/check-commands";
import type { AccessCluster } from "../program/outputs";
import type { Mesh } from "./check-commands";

/** A cluster's backend. */
export function backendOf({ name }: Pick<AccessCluster, "name">): string {
  return `deployment/simple-backend-${name}`;
}

/** Prints the ERROR_RATE of a cluster's backend as `ERROR_RATE=1`; nothing if it has none. */
export function errorRateOf({ name, context }: AccessCluster): string {
  return `kubectl --context ${context} --namespace istioinaction get ${backendOf({ name })} --output jsonpath='{range .spec.template.spec.containers[*].env[?(@.name=="ERROR_RATE")]}{.name}={.value}{"\\n"}{end}'`;
}

/** Names the backends that have an ERROR_RATE, a line each. */
function errorRates(clusters: readonly AccessCluster[]): string {
  return clusters.map((one) => `${errorRateOf(one)} | sed 's|$| in ${backendOf(one)}|'`).join("\n");
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
