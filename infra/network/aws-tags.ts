import type * as pulumi from "@pulumi/pulumi";
import { RESOURCE_TAG, stackTags } from "../core/aws-inventory";
import type { Owner } from "../core/ownership";

/** Tags of one resource, by key. */
export type Tags = Record<string, pulumi.Input<string>>;

/**
 * Makes the tags of a resource.
 * @param resource its name in Pulumi: by this tag it is found again if a run was killed before it could note its id
 * @param name what the AWS console shows, as in the study notes. Default: the same
 */
export type Tagging = (resource: string, name?: string) => Tags;

/** What every resource of a stack is tagged with. */
export interface TaggingArgs {
  /** The lab's name, e.g. `vm`. */
  readonly lab: string;
  /** The stack and its state folder: the tags that no other stack has. */
  readonly stack: Owner;
  /** Whose lab it is. */
  readonly owner: string;
  /** When the instances end by themselves, ISO 8601 in UTC; they read it from their own tags. */
  readonly expiry: pulumi.Input<string>;
}

/** The tags of a stack's resources. */
export function tagging({ lab, stack, owner, expiry }: TaggingArgs): Tagging {
  const ofStack = stackTags(stack);
  return (resource, name = resource) => ({
    Name: name,
    ...ofStack,
    [RESOURCE_TAG]: resource,
    lab,
    owner,
    expiry,
  });
}
