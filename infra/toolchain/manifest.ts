import type { ToolchainManifest } from "../core/toolchain-manifest";

/** The part of the manifest that a source decides. */
export type ManifestParts = Pick<
  ToolchainManifest,
  "versions" | "images" | "files" | "addons" | "upstreamEnvoy" | "unavailable"
>;
