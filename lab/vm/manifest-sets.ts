import { join } from "node:path";
import { addonManifests } from "../../infra/addon/observability";
import { manifestIssues } from "../../infra/cluster/manifest-issues";
import type { PlacedIssue } from "../../infra/core/errors";
import { VM_LAB_CLUSTER } from "../config-vm-members";
import { manifestFiles } from "../manifest-files";

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

/**
 * What is wrong with the manifests of the lab.
 * @param images those that the toolchain serves, by name
 */
export function vmManifestIssues(images: Readonly<Partial<Record<string, string>>>): readonly PlacedIssue[] {
  const parts = Object.keys(PARTS) as VmManifestPart[];
  const sets = [...parts.map((part) => ({ files: vmManifestFiles(part) })), ...addonManifests(images)];
  return manifestIssues(sets.map((set) => ({ cluster: VM_LAB_CLUSTER, ...set })));
}
