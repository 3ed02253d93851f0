/** An image's name in its parts: `docker.io/istio/pilot:1.17.8` is registry, path and tag. */
export interface ImageParts {
  /** Host, with its port if it has one, e.g. `docker.io`. */
  readonly registry: string;
  /** With `library/` if Docker Hub's own images leave that out, e.g. `library/nginx`. */
  readonly path: string;
  readonly tag: string;
}

/**
 * Takes the reference of an image apart, as docker does.
 * @param reference with or without a registry and a tag, e.g. `nginx`
 */
export function imageParts(reference: string): ImageParts {
  const [first = "", ...rest] = reference.split("/");
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const name = isRegistry ? rest.join("/") : reference;
  const colon = name.lastIndexOf(":");
  const [path, tag] = colon < 0 ? [name, "latest"] : [name.slice(0, colon), name.slice(colon + 1)];
  const registry = isRegistry ? first : "docker.io";
  return { registry, path: registry === "docker.io" && !path.includes("/") ? `library/${path}` : path, tag };
}

/** A reference as part of a file's or a step's name. */
export function referenceSlug(reference: string): string {
  return reference.replace(/[/:]/g, "-");
}
