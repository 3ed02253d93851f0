import { createHash, randomBytes } from "node:crypto";
import { Unknown } from "../rpc/property-value";
import type { Autonaming } from "../rpc/provider";
import { annotate, annotations, isAnnotated } from "./annotations";
import { fieldOf, nameOf, textOf, withField, type Manifest } from "./manifest";

/** Whether the program gives the object a name, known or not. */
export function isNamed(manifest: Manifest): boolean {
  return fieldOf(manifest, "metadata", "name") instanceof Unknown || nameOf(manifest) !== "";
}

/** Whether the provider made the object's name. */
export function isAutonamed(manifest: Manifest): boolean {
  return isAnnotated(manifest, annotations.autonamed);
}

/** Whether the API server is to make the name. */
export function hasGenerateName(manifest: Manifest): boolean {
  if (isNamed(manifest)) {
    return false;
  }
  const generateName = fieldOf(manifest, "metadata", "generateName");
  return generateName instanceof Unknown || textOf(manifest, "metadata", "generateName") !== "";
}

/** What a new object's name is made from. */
export interface NameSource {
  /** The resource's name in the program. */
  readonly resourceName: string;
  /** The same in preview and update, so that both make the same name; empty: a random name. */
  readonly randomSeed: Uint8Array;
  readonly autonaming: Autonaming | undefined;
}

/**
 * Gives an object without a name one, and marks it as ours: `RESOURCE-` and 8 hexadecimal digits.
 * @throws Error where the stack's `pulumi:autonaming` forbids that
 */
export function withAutomaticName(manifest: Manifest, source: NameSource): Manifest {
  if (isNamed(manifest) || hasGenerateName(manifest)) {
    return manifest;
  }
  if (source.autonaming?.mode === "disable") {
    throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
  }
  const name = source.autonaming?.proposedName ?? `${source.resourceName}-${suffixFrom(source)}`;
  return annotate(withField(manifest, ["metadata", "name"], name), annotations.autonamed);
}

/** Keeps the name that an earlier run made, where the program still gives none. */
export function withEarlierName(manifest: Manifest, earlier: Manifest): Manifest {
  if (isNamed(manifest) || !isAutonamed(earlier)) {
    return manifest;
  }
  return annotate(withField(manifest, ["metadata", "name"], nameOf(earlier)), annotations.autonamed);
}

/** A name for the manager of our fields, as the official provider makes it. */
export function newFieldManager(): string {
  return `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

function suffixFrom({ resourceName, randomSeed }: NameSource): string {
  if (randomSeed.length === 0) {
    return randomBytes(4).toString("hex");
  }
  return createHash("sha512").update(randomSeed).update(resourceName).digest("hex").slice(0, 8);
}
