import type { ObjectName } from "../../../infra/core/made";
import type { AccessCluster } from "../../program/outputs";

/**
 * An object that is named with its cluster, if the lab has several: each has an istiod.
 * @param clusters those of the lab
 */
export function placed(
  object: ObjectName,
  { name: cluster }: Pick<AccessCluster, "name">,
  clusters: readonly unknown[],
): ObjectName {
  return clusters.length > 1 ? { ...object, cluster } : object;
}
