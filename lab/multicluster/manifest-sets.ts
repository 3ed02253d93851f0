import { join } from "node:path";
import { manifestIssues, type ManifestSet } from "../../infra/cluster/manifest-issues";
import type { PlacedIssue } from "../../infra/core/errors";
import type { MultiClusterLabConfig } from "./config/schema";
import { manifestFiles } from "../shared/manifest-files";

/** A part of a cluster that is made of manifests. */
export type MultiClusterPart = "namespace" | "exposed" | "applications";

/**
 * The manifests of one cluster's parts. The first cluster has webapp and a catalog without pods, the second one catalog itself, all of them a
 * backend.
 */
export function multiClusterManifests(
  { clusters, localityFailover, allowOnlyIngress }: MultiClusterLabConfig,
  cluster: string,
): Readonly<Record<MultiClusterPart, ManifestSet>> {
  const everywhere = ["simple-backend", ...(allowOnlyIngress ? ["allow-only-ingress"] : [])];
  const first = ["webapp", "webapp-gateway", "catalog-stub", "simple-backend-gateway", "netshoot"];
  const placed = [[...first, ...(localityFailover ? ["locality-failover"] : [])], ["catalog"]];
  const own = placed[clusters.findIndex(({ name }) => name === cluster)] ?? [];
  const set = (names: readonly string[]): ManifestSet => ({
    cluster,
    files: manifestFiles(join(__dirname, "manifests"), names),
    values: { cluster, CLUSTER: cluster.toUpperCase() },
  });
  return {
    namespace: set(["namespace"]),
    exposed: set(["expose-services"]),
    applications: set([...own, ...everywhere]),
  };
}

/** What is wrong with the manifests of the lab. */
export function multiClusterManifestIssues(config: MultiClusterLabConfig): readonly PlacedIssue[] {
  return manifestIssues(config.clusters.flatMap(({ name }) => Object.values(multiClusterManifests(config, name))));
}
