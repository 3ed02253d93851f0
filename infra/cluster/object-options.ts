import type * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../exec/child-options";
import type { Cluster } from "./cluster";

/**
 * Options for an object in a cluster: it goes with the cluster, and is made anew in a new one.
 *
 * The latter is said by `replaceWith`, and not left to a replacement of the provider: where a provider is replaced together
 * with what it hangs on, the engine (3.259) closes the old one and then wants to delete by it, "the client connection is
 * closing".
 */
export function objectOptions(
  cluster: Cluster,
  parent: pulumi.ComponentResource,
  options: pulumi.ComponentResourceOptions | undefined,
): pulumi.CustomResourceOptions {
  return {
    ...childOptions(parent, options),
    provider: cluster.provider,
    deletedWith: cluster.anchor,
    replaceWith: [cluster.anchor],
    deleteBeforeReplace: true,
  };
}
