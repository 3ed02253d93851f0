import { writeFileSync } from "node:fs";
import * as aws from "@pulumi/aws";
import {
  idOf,
  kindOf,
  type AwsInventory,
  type AwsResource,
  type InventoryRequest,
} from "../../infra/core/aws-inventory";

/** States of an instance that is there: a terminated one is listed by its tags for an hour. */
const LIVING = ["pending", "running", "stopping", "stopped", "shutting-down"];

/** Asks AWS what it has of a stack, and writes the answer into the file that is named. */
export async function writeInventory({ region, tags, file }: InventoryRequest): Promise<void> {
  const provider = new aws.Provider("aws", { region });
  writeFileSync(file, JSON.stringify(await takeInventory({ ...tags }, { provider })), { mode: 0o600 });
}

async function takeInventory(
  instanceTags: Record<string, string>,
  options: { readonly provider: aws.Provider },
): Promise<AwsInventory> {
  const tagFilters = Object.entries(instanceTags).map(([key, value]) => ({ key, values: [value] }));
  const [listed, living] = await Promise.all([
    aws.resourcegroupstaggingapi.getResources({ tagFilters }, options),
    aws.ec2.getInstances({ instanceTags, instanceStateNames: LIVING }, options),
  ]);
  const resources = listed.resourceTagMappingLists
    .map(({ resourceArn, tags }): AwsResource => ({ arn: resourceArn, tags }))
    .filter(({ arn }) => kindOf(arn) !== "instance" || living.ids.includes(idOf(arn)));
  const [routeTableAssociations, addressAssociations] = await Promise.all([
    Promise.all(ofKind(resources, "route-table").map((id) => associationsOf(id, options))),
    Promise.all(ofKind(resources, "elastic-ip").map((id) => addressAssociationOf(id, options))),
  ]);
  return {
    resources,
    routeTableAssociations: routeTableAssociations.flat(),
    addressAssociations: addressAssociations.flat(),
  };
}

function ofKind(resources: readonly AwsResource[], kind: string): readonly string[] {
  return resources.filter(({ arn }) => kindOf(arn) === kind).map(({ arn }) => idOf(arn));
}

async function associationsOf(
  routeTable: string,
  options: { readonly provider: aws.Provider },
): Promise<AwsInventory["routeTableAssociations"]> {
  const found = await orGone(() => aws.ec2.getRouteTable({ routeTableId: routeTable }, options));
  return (found?.associations ?? []).map(({ routeTableAssociationId: id, subnetId: subnet }) => ({
    id,
    routeTable,
    subnet,
  }));
}

async function addressAssociationOf(
  allocation: string,
  options: { readonly provider: aws.Provider },
): Promise<AwsInventory["addressAssociations"]> {
  const found = await orGone(() => aws.ec2.getElasticIp({ id: allocation }, options));
  return found?.associationId ? [{ id: found.associationId, allocation }] : [];
}

/** Tags are listed for a while after their resource is gone. */
async function orGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (/no matching|returned no results|NotFound|couldn't find resource|not found/i.test((error as Error).message)) {
      return undefined;
    }
    throw error;
  }
}
