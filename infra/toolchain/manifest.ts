import type { ToolchainManifest } from "../core/toolchain-manifest";

/** The part of the manifest that a source decides. */
export type ManifestParts = Pick<
  ToolchainManifest,
  "versions" | "images" | "files" | "processor" | "hostFiles" | "digests" | "addons" | "upstreamEnvoy" | "unavailable"
>;
