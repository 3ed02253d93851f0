import type { Owner } from "./ownership";

/** Key of the tag that has a resource's name in Pulumi: by it a killed run's resource is found again. */
export const RESOURCE_TAG = "resource";

/** The tags that all resources of one stack have, and nothing else in the account: others may have a stack of the same name there. */
export function stackTags({ stack, stateId }: Pick<Owner, "stack" | "stateId">): Readonly<Record<string, string>> {
  return { project: "istio-lab", stack, "lab-id": stateId };
}

/** Environment variable that asks the Pulumi program for an inventory, and for nothing else. */
export const INVENTORY_VARIABLE = "ISTIO_LAB_INVENTORY";

/** What is asked, as JSON in that variable. */
export interface InventoryRequest {
  readonly region: string;
  /** What the resources are tagged with that are asked for. */
  readonly tags: Readonly<Record<string, string>>;
  /** Absolute path of the file that gets the answer. */
  readonly file: string;
}

/** A tagged resource of an account. */
export interface AwsResource {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What an account has of a stack. Instances that are terminated are left out, as AWS lists them for an hour. */
export interface AwsInventory {
  readonly resources: readonly AwsResource[];
  /** Associations carry no tags. */
  readonly routeTableAssociations: readonly {
    readonly id: string;
    readonly routeTable: string;
    readonly subnet: string;
  }[];
  readonly addressAssociations: readonly { readonly id: string; readonly allocation: string }[];
}

/** A create that was under way when an engine was killed, as Pulumi's state has it. */
export interface PendingCreate {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The last part of an ARN, e.g. `vpc-0123` of `arn:aws:ec2:ap-northeast-2:123456789012:vpc/vpc-0123`. */
export function idOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** The part before it, e.g. `vpc`. */
export function kindOf(arn: string): string {
  return (arn.split(":").at(-1) ?? "").split("/")[0] ?? "";
}

/**
 * The id that a killed run did not record.
 * @returns undefined if AWS has no such resource: it was not made
 */
export function idOfPending({ urn, type, inputs }: PendingCreate, inventory: AwsInventory): string | undefined {
  switch (type) {
    case "aws:ec2/routeTableAssociation:RouteTableAssociation":
      return inventory.routeTableAssociations.find(
        ({ routeTable, subnet }) => routeTable === inputs["routeTableId"] && subnet === inputs["subnetId"],
      )?.id;
    case "aws:ec2/eipAssociation:EipAssociation":
      return inventory.addressAssociations.find(({ allocation }) => allocation === inputs["allocationId"])?.id;
    default: {
      const name = urn.split("::").at(-1);
      const found = inventory.resources.find(({ tags }) => tags[RESOURCE_TAG] === name);
      // Pulumi knows a key pair by its name.
      return type === "aws:ec2/keyPair:KeyPair" ? found && String(inputs["keyName"]) : found && idOf(found.arn);
    }
  }
}
