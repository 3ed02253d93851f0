import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageConfig, type ImageDefinition } from "../../../infra/toolchain/registry/image-archive";
import { digestOf, type PackedLayer } from "./layer";

/** An image that can be given away: what it is, and its layers by name. */
export interface PackedImage {
  readonly definition: Omit<ImageDefinition, "tags">;
  readonly layers: ReadonlyMap<string, PackedLayer>;
}

/** A text that its digest names. */
export interface TextBlob {
  readonly digest: string;
  readonly size: number;
  readonly content: string;
}

/** A part of an image: a text, or a file. */
export type Blob = TextBlob | (Omit<TextBlob, "content"> & { readonly content: { readonly file: string } });

/** Types of an image's parts. */
export const types = {
  index: "application/vnd.docker.distribution.manifest.list.v2+json",
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

/**
 * An image's manifest, and the parts that it names.
 * @throws Error if one of its layers is not packed
 */
export function blobsOf({ definition, layers }: PackedImage): { readonly parts: Blob[]; readonly manifest: TextBlob } {
  const packed = definition.layers.map((name) => {
    const layer = layers.get(name);
    if (layer === undefined) throw new Error(`image: layer ${name} is not packed`);
    return layer;
  });
  const diffIds = packed.map(({ diffId }) => diffId);
  const config = textBlob(imageConfig({ ...definition, tags: [] }, diffIds));
  const manifest = textBlob({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, size: config.size, digest: config.digest },
    layers: packed.map(({ size, digest }) => ({ mediaType: types.layer, size, digest })),
  });
  const files = packed.map(({ digest, size, file }): Blob => ({ digest, size, content: { file } }));
  return { parts: [...files, config], manifest };
}

/** An index of manifests for this machine's processor, each under a name if it is given one. */
export function indexOf(entries: readonly { readonly manifest: TextBlob; readonly name?: string }[]): TextBlob {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const manifests = entries.map(({ manifest: { digest, size }, name }) => ({
    mediaType: types.manifest,
    size,
    digest,
    platform: { architecture, os: "linux" },
    ...(name === undefined ? {} : { annotations: { "io.containerd.image.name": name } }),
  }));
  return textBlob({ schemaVersion: 2, mediaType: types.index, manifests });
}

/**
 * Writes a folder that `tar` turns into what `ctr images import` reads, with the layers as they are packed.
 * @param images by reference
 */
export function writeImageFolder(folder: string, images: ReadonlyMap<string, PackedImage>): void {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const written = new Set<string>();
  const write = ({ digest, content }: Blob): void => {
    const path = join(blobs, digest.replace("sha256:", ""));
    if (written.has(digest)) return;
    written.add(digest);
    if (typeof content === "string") writeFileSync(path, content);
    else linkSync(content.file, path);
  };
  const entries = [...images].map(([name, image]) => {
    const { parts, manifest } = blobsOf(image);
    [...parts, manifest].forEach(write);
    return { manifest, name };
  });
  writeFileSync(join(folder, "index.json"), indexOf(entries).content);
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

function textBlob(content: object): TextBlob {
  const text = JSON.stringify(content);
  return { digest: digestOf(text), size: Buffer.byteLength(text), content: text };
}
