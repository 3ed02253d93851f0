import type * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../exec/child-options";
import type { Cluster } from "./cluster";

/**
 * Options for an object in a cluster: it goes with the cluster, and is recreated in a new one.
 *
 * The latter is said by `replaceWith`, and not left to a replacement of the provider: if a provider is replaced together
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
    transformations: [forced],
  };
}

/**
 * Lets an object take its fields back from whoever has them: a student's kubectl, or a run that died between the creation of the object and the
 * writing of the state. The provider of the registry source knows the annotation only, not the newer setting `enablePatchForce`.
 */
const forced: pulumi.ResourceTransformation = ({ props, opts }) => {
  const { metadata } = props as { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };
  const annotations = { ...metadata.annotations, "pulumi.com/patchForce": "true" };
  return { props: { ...(props as object), metadata: { ...metadata, annotations } }, opts };
};

/**
 * Options for a namespace that stands as long as its cluster. Kubernetes refuses to delete `default`. Without `istio-system` nobody answers
 * Istio's validating webhook, so that no finalizer of an Istio object can be taken off any more: if a cluster is replaced the engine deletes
 * its objects in no order, and waited for ever (2026-11-25).
 */
export function asLongAsCluster(options: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
  return { ...options, retainOnDelete: true };
}
