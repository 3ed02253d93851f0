import type { ImageName } from "./toolchain-manifest";
import type { LabVersions, OfficialVersions, versionTable } from "./versions";

/** Applications that public images hold, by the names that a manifest has for them. */
export type AppImage = Extract<ImageName, "webapp" | "catalog" | "forum" | "simple-backend" | "netshoot" | "nginx">;

/** What pods of a lab run: an application, all images of a group, or an image of the lab's own. */
export type PodImage = AppImage | "metallb" | "bookinfo" | "addons" | OwnImage;

/** An image that only one lab uses. */
export interface OwnImage {
  /** Unique among the lab's images. */
  readonly name: string;
  /** With registry and tag, e.g. `docker.io/library/nginx:latest`. */
  readonly reference: string;
}

/** What a lab needs of a toolchain. */
export interface LabNeeds {
  /** What it runs on in each official set of ours. The registry source has one version of everything. */
  readonly versions: Readonly<Record<Exclude<keyof typeof versionTable, "registry">, LabVersions>>;
  /** What its pods run, beside Istio. */
  readonly images: readonly PodImage[];
}

/** A lab as the toolchain knows it. */
export interface NeedyLab extends LabNeeds {
  /** Part of the names of folders and images. */
  readonly name: string;
}

/** A lab with what it runs on in one official set. */
export interface OfficialLab extends LabVersions, Pick<NeedyLab, "name" | "images"> {}

/**
 * What a lab runs on in an official set.
 * @param set the set's name
 * @throws Error if the set says nothing of the lab
 */
export function labInSet({ name, images, versions }: NeedyLab, set: string, { labs }: OfficialVersions): OfficialLab {
  const ours: Readonly<Record<string, LabVersions>> = versions;
  const found = labs === undefined ? ours[set] : labs[name];
  if (found === undefined) {
    throw new Error(`the version set "${set}" says nothing of the lab ${name}`);
  }
  return { name, images, ...found };
}
