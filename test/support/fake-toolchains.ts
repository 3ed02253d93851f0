import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { binFolder, manifestFile, toolchainFolder, type ToolchainKey } from "../../infra/core/toolchain-key";
import { defaultSet } from "../../infra/core/versions";
import { LABS } from "../../lab/registry";

/**
 * Makes toolchains that look prepared; one that is there is replaced.
 * @param cache the cache folder
 * @param bin folder of the tools of all of them
 * @param keys Default: those of every lab, with the version set that each source has by default
 * @returns their folders
 */
export function fakeToolchains(
  cache: string,
  bin: string,
  keys: readonly ToolchainKey[] = LABS.flatMap((lab) =>
    (["official", "registry"] as const).map((source) => ({ source, versionSet: defaultSet(source), lab })),
  ),
): readonly string[] {
  return keys.map((key) => {
    const folder = toolchainFolder(key, { ISTIO_LAB_CACHE: cache });
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    symlinkSync(bin, binFolder(folder));
    const manifest = { schema: 1, ...key, binFolder: binFolder(folder), versions: {}, images: {}, files: {} };
    writeFileSync(manifestFile(folder), JSON.stringify({ ...manifest, unavailable: [] }));
    return folder;
  });
}
