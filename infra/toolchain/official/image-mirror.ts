import { imageParts } from "./image-reference";

/** Variable that says where images are pulled from in place of their own registries. */
export const IMAGE_MIRROR_VARIABLE = "ISTIO_LAB_IMAGE_MIRROR";

/** Where an image is pulled from. */
export interface ImageSource {
  /** Host, with its port if it has one: what one logs in to. */
  readonly registry: string;
  /** Without a tag, e.g. `harbor.example.com/hub/istio/pilot`. */
  readonly repository: string;
  readonly tag: string;
  readonly isMirror: boolean;
}

const HOST = /^(?:localhost|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+)(?::\d{1,5})?$/;
const HOST_WITH_PORT = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?:\d{1,5}$/;
const PATH = /^(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;

const RIGHT =
  "write docker.io=harbor.example.com/hub,quay.io=harbor.example.com/quay, or one address for all container registries, e.g. harbor.example.com/mirror";

/** The mirrors that the user has set: a registry's own place, and the place of all that have none. */
interface Mirrors {
  readonly places: ReadonlyMap<string, string>;
  readonly common: string | undefined;
}

/**
 * Finds where images are pulled from. `ISTIO_LAB_IMAGE_MIRROR` is a list, separated by commas, of `REGISTRY=PLACE`, and of at most one `PLACE` for
 * all other registries. A place is a host with or without a path:
 * - `docker.io=harbor.example.com/hub`: `docker.io/istio/pilot:1.17.8` is `harbor.example.com/hub/istio/pilot:1.17.8`
 * - `harbor.example.com/mirror`: it is `harbor.example.com/mirror/docker.io/istio/pilot:1.17.8`
 *
 * Docker Hub's own images have their `library/`: `harbor.example.com/hub/library/nginx:alpine`.
 * @returns what gives the source of a reference
 * @throws Error that says what would be right
 */
export function imageSources(
  env: Readonly<Record<string, string | undefined>> = process.env,
): (reference: string) => ImageSource {
  const mirrors = parseMirrors(env[IMAGE_MIRROR_VARIABLE]?.trim() ?? "");
  return (reference) => {
    const { registry, path, tag } = imageParts(reference);
    const own = mirrors.places.get(registry);
    const place = own ?? (mirrors.common === undefined ? undefined : `${mirrors.common}/${registry}`);
    const repository = `${place ?? registry}/${path}`;
    return { registry: repository.split("/")[0] ?? "", repository, tag, isMirror: place !== undefined };
  };
}

function parseMirrors(value: string): Mirrors {
  const places = new Map<string, string>();
  let common: string | undefined;
  for (const entry of value === "" ? [] : value.split(",").map((part) => part.trim())) {
    const equals = entry.indexOf("=");
    const [registry, place] =
      equals < 0 ? [undefined, entry] : [entry.slice(0, equals).trim(), entry.slice(equals + 1)];
    const mirror = parsePlace(place.trim(), entry);
    if (registry === undefined) {
      if (common !== undefined) refuse(entry, "a second address for all container registries");
      common = mirror;
    } else {
      if (!isHost(registry)) refuse(entry, `"${registry}" is no registry`);
      if (places.has(registry)) refuse(entry, `a second place for ${registry}`);
      places.set(registry, mirror);
    }
  }
  return { places, common };
}

function parsePlace(given: string, entry: string): string {
  const place = given.replace(/\/+$/, "");
  if (/^[a-z]+:\/\//i.test(place)) refuse(entry, "the address of an image mirror has no https://");
  const slash = place.indexOf("/");
  const [host, path] = slash < 0 ? [place, ""] : [place.slice(0, slash), place.slice(slash)];
  // Docker takes a name without a dot and a port for a user of Docker Hub.
  if (!isHost(host)) refuse(entry, `"${host}" is no host with a dot or a port`);
  if (!PATH.test(path)) refuse(entry, `"${path}" is no path of images`);
  return place;
}

function isHost(text: string): boolean {
  return HOST.test(text) || HOST_WITH_PORT.test(text);
}

function refuse(entry: string, reason: string): never {
  throw new Error(`${IMAGE_MIRROR_VARIABLE}: "${entry}" given: ${reason}; ${RIGHT}`);
}
