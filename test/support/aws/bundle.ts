import { chmod, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

/** The plugin's executable, as the engine looks for it. */
export const awsPluginName = "pulumi-resource-aws";

/**
 * Bundles the plugin of the test account, as the toolchain bundles the project's own ones: one executable file.
 * @param folder where the file goes; it exists
 */
export async function bundleAwsPlugin(folder: string): Promise<void> {
  const outfile = join(folder, awsPluginName);
  await build({
    entryPoints: [join(__dirname, "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    banner: { js: "#!/usr/bin/env node" },
    keepNames: true,
    external: ["cpu-features", "*.node"],
    logLevel: "silent",
    plugins: [folderOfSource],
  });
  await chmod(outfile, 0o755);
}

/** Modules read scripts beside themselves, in the checkout and not beside the bundle. */
const folderOfSource: Plugin = {
  name: "folder-of-source",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      return { contents: text.replaceAll("__dirname", JSON.stringify(dirname(path))), loader: "ts" };
    });
  },
};
