import { join } from "node:path";
import { ownAddonManifests } from "../../infra/addon/addon-objects";
import { manifestIssues } from "../../infra/cluster/manifest-issues";
import type { PlacedIssue } from "../../infra/core/errors";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { VM_LAB_CLUSTER } from "./config/members";
import { manifestFiles } from "../shared/manifest-files";

/** Names of the manifests, by the part of the lab that they make. */
const PARTS = {
  namespaces: ["namespaces"],
  exposed: ["expose-services", "expose-istiod"],
  store: ["webapp", "catalog", "webapp-gateway"],
  group: ["workload-group", "forum"],
} as const;

/** A part of the lab that is made of manifests. */
export type VmManifestPart = keyof typeof PARTS;

/** Absolute paths of a part's manifests. */
export function vmManifestFiles(part: VmManifestPart): readonly string[] {
  return manifestFiles(join(__dirname, "manifests"), PARTS[part]);
}

/** What is wrong with the manifests of the lab. */
export function vmManifestIssues(toolchain: Pick<ToolchainManifest, "images"> | undefined): readonly PlacedIssue[] {
  const parts = Object.keys(PARTS) as VmManifestPart[];
  const addons = ownAddonManifests(toolchain?.images ?? {});
  const sets = [...parts.map((part) => ({ files: vmManifestFiles(part) })), ...addons];
  return manifestIssues(sets.map((set) => ({ cluster: VM_LAB_CLUSTER, ...set })));
}
