import type { Platform } from "./platform";
import type { Release } from "./releases";

/** The addresses of one release for one version and platform. */
export interface Locations {
  /** For messages, e.g. `kubectl 1.29.15 for linux-x64`. */
  readonly title: string;
  /** The file's own name. */
  readonly file: string;
  /** Addresses of the file, in the order in which they are tried. */
  readonly urls: readonly string[];
  /** Addresses of the list of digests, if that is how the release is checked. */
  readonly digestUrls: readonly string[];
}

/**
 * Fills in a release's row.
 * @param mirror base address of a mirror, from `mirrorOf`; it is asked first
 * @throws Error if the release is not made for the platform
 */
export function locationsOf(release: Release, version: string, platform: Platform, mirror?: string): Locations {
  const spelled = release.platforms[platform];
  if (spelled === undefined) {
    const made = Object.keys(release.platforms).join(", ");
    throw new Error(`${release.title} ${version} is not released for ${platform}, only for ${made}`);
  }
  const fill = (template: string): string =>
    template.replaceAll("{version}", version).replaceAll("{platform}", spelled);
  const file = fill(release.file);
  const urls = release.bases.map((base) => `${fill(base)}/${file}`);
  const digestUrls = release.digest.from === "list" ? release.digest.urls.map(fill) : [];
  return {
    title: `${release.title} ${version} for ${platform}`,
    file,
    urls: withMirror(urls, mirror),
    digestUrls: withMirror(digestUrls, mirror),
  };
}

/**
 * The mirror that the user set: `ISTIO_LAB_MIRROR_<NAME>` for one release (`ISTIO_LAB_MIRROR_KIND`), else `ISTIO_LAB_MIRROR`.
 * A mirror keeps each file under its host's name: `<mirror>/dl.k8s.io/release/v1.29.15/bin/linux/amd64/kubectl`.
 * @throws Error if the value is no http or https address
 */
export function mirrorOf(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const own = `ISTIO_LAB_MIRROR_${name.toUpperCase().replaceAll("-", "_")}`;
  const variable = env[own] ? own : "ISTIO_LAB_MIRROR";
  const value = env[variable];
  if (!value) return undefined;
  if (!/^https?:\/\/[^/]/.test(value) || !URL.canParse(value)) {
    throw new Error(
      `${variable}: not a base address: "${value}"; give one such as https://mirror.example.com/releases`,
    );
  }
  return value.replace(/\/+$/, "");
}

function withMirror(urls: readonly string[], mirror: string | undefined): string[] {
  if (mirror === undefined) return [...urls];
  return [...urls.map((url) => `${mirror}/${url.replace(/^https?:\/\//, "")}`), ...urls];
}
