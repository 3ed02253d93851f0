import { join } from "node:path";
import { addonManifests } from "../../infra/addon/observability";
import { manifestIssues, type ManifestSet } from "../../infra/cluster/manifest-issues";
import type { PlacedIssue } from "../../infra/core/errors";
import type { TrafficFlowLabConfig } from "../config-traffic-flow";
import { manifestFiles } from "../manifest-files";
import { CLUSTER, OPS_VIEW_NODE_PORT } from "./notes";

/** A part of the lab that is made of manifests. */
export type TrafficFlowPart = "namespaces" | "nginx" | "bookinfo";

/** The manifests of each part. */
export function trafficFlowManifests(config: Pick<TrafficFlowLabConfig, "domain" | "plainPort">) {
  const parts = {
    namespaces: ["namespaces"],
    nginx: ["nginx", "nginx-pod", "gateway", config.plainPort ? "nginx-pod-route" : "nginx-route"],
    bookinfo: ["bookinfo", "bookinfo-gateway", "bookinfo-destination-rules"],
  };
  const set = (part: TrafficFlowPart) => ({
    cluster: CLUSTER,
    files: manifestFiles(join(__dirname, "manifests"), parts[part]),
    values: { domain: config.domain },
  });
  return { namespaces: set("namespaces"), nginx: set("nginx"), bookinfo: set("bookinfo") } as const satisfies Record<
    TrafficFlowPart,
    ManifestSet
  >;
}

/**
 * What is wrong with the manifests of the lab.
 * @param images those that the toolchain serves, by name
 */
export function trafficFlowManifestIssues(
  config: TrafficFlowLabConfig,
  images: Readonly<Partial<Record<string, string>>>,
): readonly PlacedIssue[] {
  const addons = addonManifests(images, OPS_VIEW_NODE_PORT).map((set) => ({ cluster: CLUSTER, ...set }));
  return manifestIssues([...Object.values(trafficFlowManifests(config)), ...addons]);
}
