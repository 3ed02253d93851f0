import { basename, delimiter, dirname } from "node:path";
import { binFolder, isKeyLike, pulumiHome, TOOLCHAIN_VARIABLE } from "../core/toolchain-key";

/**
 * What programs need in their environment to use this toolchain and nothing else.
 * @param toolchain its folder
 * @param path PATH to put the tools in front of. Default: this process's own
 */
export function toolchainEnvironment(toolchain: string, path = process.env["PATH"] ?? ""): Record<string, string> {
  const bin = binFolder(toolchain);
  // Those of another toolchain are there in a shell with the exports of another stack.
  const isToolchains = (folder: string) =>
    folder === bin || (basename(folder) === basename(bin) && isKeyLike(basename(dirname(folder))));
  const folders = path.split(delimiter).filter((folder) => folder !== "" && !isToolchains(folder));
  return {
    [TOOLCHAIN_VARIABLE]: toolchain,
    PATH: [bin, ...folders].join(delimiter),
    PULUMI_HOME: pulumiHome(toolchain),
    // Plugins lie in PULUMI_HOME; those on PATH serve a plain `pulumi up`, with a warning at every run.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    // Set-up brings those that a lab needs; what the engine would bring besides has 200 MB.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
