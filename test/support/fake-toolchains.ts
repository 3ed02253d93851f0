import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { binFolder, manifestFile, toolchainFolder, type ToolchainKey } from "../../infra/core/toolchain-key";
import { versionedLabs } from "../../infra/core/versions";

/**
 * Makes toolchains that look prepared.
 * @param cache the cache folder
 * @param bin folder of the tools of all of them
 * @param keys Default: those of every lab with the versions of the notes
 * @returns their folders
 */
export function fakeToolchains(
  cache: string,
  bin: string,
  keys: readonly ToolchainKey[] = versionedLabs.map((lab) => ({ source: "official", versionSet: "book", lab })),
): readonly string[] {
  return keys.map((key) => {
    const folder = toolchainFolder(key, { ISTIO_LAB_CACHE: cache });
    mkdirSync(folder, { recursive: true });
    symlinkSync(bin, binFolder(folder));
    const manifest = { schema: 1, ...key, binFolder: binFolder(folder), versions: {}, images: {}, files: {} };
    writeFileSync(manifestFile(folder), JSON.stringify({ ...manifest, unavailable: [] }));
    return folder;
  });
}
