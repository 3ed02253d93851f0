import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { machineProcessor } from "../../core/processor";
import type { StepContext } from "../step";

/** One layer of images: a folder whose content starts at `/`. */
export interface Layer {
  readonly name: string;
  readonly folder: string;
}

/** An image for the nodes of clusters. */
export interface ImageDefinition {
  /** References with registry and tag, e.g. `docker.io/istio/pilot:1.31-lab`; none for an image that is tagged later. */
  readonly tags: readonly string[];
  /** Names of layers, the lowest first. */
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
  /** Number of user and group, e.g. `1337:1337`. Default: root. */
  readonly user?: string;
  /** Name of the signal that ends it. Default: SIGTERM. */
  readonly stopSignal?: string;
  /** Environment beyond PATH, e.g. `container=docker`. */
  readonly env?: readonly string[];
}

/**
 * The configuration of an image.
 * @param diffIds digests of the uncompressed layers, `sha256:…`
 * @see https://github.com/opencontainers/image-spec/blob/main/config.md
 */
export function imageConfig(image: ImageDefinition, diffIds: readonly string[]): Record<string, unknown> {
  return {
    // What goes into it is built here.
    architecture: machineProcessor(),
    os: "linux",
    config: {
      Entrypoint: image.entrypoint,
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...(image.env ?? [])],
      ...(image.user === undefined ? {} : { User: image.user }),
      ...(image.stopSignal === undefined ? {} : { StopSignal: image.stopSignal }),
    },
    rootfs: { type: "layers", diff_ids: diffIds },
    history: diffIds.map(() => ({ created_by: "istio-lab" })),
  };
}

/**
 * Writes a folder that `tar` turns into what `docker load` and `ctr images import` read: no engine is needed to make it,
 * and a layer that several images share is stored once.
 * @param layers every layer that the images name
 * @throws Error if an image names a layer that is not given
 */
export async function writeImageArchive(
  context: StepContext,
  folder: string,
  layers: readonly Layer[],
  images: readonly ImageDefinition[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const digests = new Map<string, string>();
  for (const layer of layers) {
    digests.set(layer.name, await writeLayer(context, folder, layer));
  }
  const manifest = [];
  for (const image of images) {
    const layerDigests = image.layers.map((name) => digestOf(digests, name, image));
    const diffIds = layerDigests.map((digest) => `sha256:${digest}`);
    const text = JSON.stringify(imageConfig(image, diffIds));
    const config = `${createHash("sha256").update(text).digest("hex")}.json`;
    await writeFile(join(folder, config), text);
    manifest.push({ Config: config, RepoTags: image.tags, Layers: layerDigests.map((digest) => `${digest}.tar`) });
  }
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
}

function digestOf(digests: ReadonlyMap<string, string>, name: string, image: ImageDefinition): string {
  const digest = digests.get(name);
  if (digest === undefined) {
    throw new Error(
      `image ${image.tags.join(", ")}: layer ${name} given, one of ${[...digests.keys()].join(", ")} wanted`,
    );
  }
  return digest;
}

/** @returns the layer's digest, without `sha256:` */
async function writeLayer(context: StepContext, folder: string, layer: Layer): Promise<string> {
  const file = join(folder, `${layer.name}.tar`);
  // The same files give the same layer, whoever packs them and when.
  const stable = ["--sort=name", "--mtime=@0", "--numeric-owner", "--xattrs", "--xattrs-include=security.capability"];
  await context.exec("tar", [...stable, "-C", layer.folder, "-cf", file, "."]);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  const digest = hash.digest("hex");
  await rename(file, join(folder, `${digest}.tar`));
  return digest;
}
