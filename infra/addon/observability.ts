import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/cluster";
import { Manifests } from "../cluster/manifest";

/** What decides the observability add-ons. */
export interface ObservabilityArgs {
  readonly cluster: Cluster;
  /** Images that the toolchain serves, by name: an add-on without one is left out. */
  readonly images: Readonly<Partial<Record<string, string>>>;
}

/** The add-ons that this project has a manifest for. */
const ADDONS = ["prometheus"] as const;

/**
 * The add-ons of the notes that the toolchain's source can serve, on the notes' node ports.
 * @returns one component, or none where nothing can be served
 */
export function observability(
  name: string,
  { cluster, images }: ObservabilityArgs,
  options: pulumi.ComponentResourceOptions,
): Manifests | undefined {
  const files = ADDONS.filter((addon) => images[addon] !== undefined).map((addon) =>
    join(__dirname, "manifests", `${addon}.yaml`),
  );
  return files.length === 0 ? undefined : new Manifests(name, { cluster, files, images }, options);
}
