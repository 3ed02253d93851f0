import { join } from "node:path";
import { ownAddonManifests } from "../../infra/addon/addon-objects";
import { manifestIssues, type ManifestSet } from "../../infra/cluster/manifest-issues";
import type { PlacedIssue } from "../../infra/core/errors";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import type { TrafficFlowLabConfig } from "./config/schema";
import { manifestFiles } from "../shared/manifest-files";
import { CLUSTER, OPS_VIEW_NODE_PORT } from "./study-notes";

/** A part of the lab that is made of manifests. */
export type TrafficFlowPart = "namespaces" | "nginx" | "bookinfo";

/** Bookinfo's services below the folder of Istio's samples. */
export const BOOKINFO = join("bookinfo", "platform", "kube", "bookinfo.yaml");

/**
 * The manifests of each part.
 * @param istioSamples folder of Istio's samples: Bookinfo's services are theirs, and what leads to them is the lab's. Without it they are left out
 */
export function trafficFlowManifests(
  config: Pick<TrafficFlowLabConfig, "domain" | "plainPort">,
  istioSamples: string | undefined,
) {
  const parts = {
    namespaces: ["namespaces"],
    nginx: ["nginx", "nginx-pod", "gateway", config.plainPort ? "nginx-pod-route" : "nginx-route"],
    bookinfo: ["bookinfo-gateway", "bookinfo-destination-rules"],
  };
  const samples = {
    namespaces: [],
    nginx: [],
    bookinfo: istioSamples === undefined ? [] : [join(istioSamples, BOOKINFO)],
  };
  const set = (part: TrafficFlowPart) => ({
    cluster: CLUSTER,
    files: [...samples[part], ...manifestFiles(join(__dirname, "manifests"), parts[part])],
    values: { domain: config.domain },
  });
  return { namespaces: set("namespaces"), nginx: set("nginx"), bookinfo: set("bookinfo") } as const satisfies Record<
    TrafficFlowPart,
    ManifestSet
  >;
}

/** What is wrong with the manifests of the lab. */
export function trafficFlowManifestIssues(
  config: TrafficFlowLabConfig,
  toolchain: Pick<ToolchainManifest, "images" | "files"> | undefined,
): readonly PlacedIssue[] {
  const addons = ownAddonManifests(toolchain?.images ?? {}, OPS_VIEW_NODE_PORT);
  const sets = Object.values(trafficFlowManifests(config, toolchain?.files.istioSamples));
  return manifestIssues([...sets, ...addons.map((set) => ({ cluster: CLUSTER, ...set }))]);
}
