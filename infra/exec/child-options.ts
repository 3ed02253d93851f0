import type * as pulumi from "@pulumi/pulumi";

/**
 * Options for a component's children. Pulumi hands a component's provider and protection on to its children, but not
 * what it depends on: a child that must wait for what its component waits for has to be told.
 */
export function childOptions(
  parent: pulumi.ComponentResource,
  options: pulumi.ComponentResourceOptions | undefined,
): pulumi.CustomResourceOptions {
  return { parent, ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }) };
}
