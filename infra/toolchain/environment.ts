import { delimiter, dirname } from "node:path";
import type { ToolchainManifest } from "../core/toolchain-manifest";
import { pulumiHome } from "./links";

/**
 * What programs need in their environment to use this toolchain and nothing else.
 * @param manifest the toolchain
 * @param path PATH to put the tools in front of. Default: this process's own
 */
export function toolchainEnvironment(
  manifest: Pick<ToolchainManifest, "binFolder">,
  path = process.env["PATH"] ?? "",
): Record<string, string> {
  const folders = path.split(delimiter).filter((folder) => folder !== "" && folder !== manifest.binFolder);
  return {
    PATH: [manifest.binFolder, ...folders].join(delimiter),
    PULUMI_HOME: pulumiHome(dirname(manifest.binFolder)),
    // Plugins lie in PULUMI_HOME; those on PATH serve a plain `pulumi up`, with a warning at every run.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    // Set-up brings those that a lab needs; what the engine would bring besides has 200 MB.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
