import { readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { folderText } from "../files";
import type { Step, StepContext } from "../step";

/** A plugin that is made here: the name of its executable, as the engine looks for it, and its entry file. */
interface Plugin {
  readonly executable: string;
  readonly folder: string;
}

const plugins: readonly Plugin[] = [
  { executable: "pulumi-language-nodejs", folder: "language-nodejs" },
  { executable: "pulumi-resource-command", folder: "command" },
];

/**
 * The steps that bundle the Pulumi plugins of registry mode: one executable file each, named as the engine looks for it,
 * in a result folder of its own. The step of `pulumi-resource-command` has that same name.
 */
export function pluginSteps(): Step[] {
  const shared = [folderText(join(__dirname, "rpc")), readFileSync(__filename, "utf8"), packageVersions()];
  return plugins.map((plugin) => ({
    name: plugin.executable,
    title: `${plugin.executable} from this project`,
    needs: [],
    inputs: [...shared, folderText(join(__dirname, plugin.folder))],
    weight: "fetch",
    run: (context) => bundlePlugin(plugin, context),
  }));
}

async function bundlePlugin(plugin: Plugin, context: Pick<StepContext, "out">): Promise<void> {
  // Imported here, because a toolchain that is whole never bundles and should not pay for loading it.
  const { build } = await import("esbuild");
  const outfile = join(context.out, plugin.executable);
  await build({
    entryPoints: [join(__dirname, plugin.folder, "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    banner: { js: "#!/usr/bin/env node" },
    // Names in error messages stay as they are written.
    keepNames: true,
    minifySyntax: true,
    minifyWhitespace: true,
    // Optional native helpers of ssh2: it falls back to Node's own cryptography, and one file runs everywhere.
    external: ["cpu-features", "*.node"],
    logLevel: "silent",
  });
  await chmod(outfile, 0o755);
}

/** The exact versions of the packages that are bundled along: package.json pins every one. */
function packageVersions(): string {
  const text = readFileSync(join(__dirname, "../../../package.json"), "utf8");
  const manifest = JSON.parse(text) as { readonly dependencies: Readonly<Record<string, string>> };
  return JSON.stringify(manifest.dependencies);
}
