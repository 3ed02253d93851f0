import { setTimeout as sleep } from "node:timers/promises";
import { idOfPending, type AwsInventory, type PendingCreate } from "../../../infra/core/aws-inventory";
import type { Session } from "../pulumi/session";
import { tell } from "../ui/terminal";
import { takeInventory } from "./inventory";
import { placeOf, type CloudPlace } from "./state";

/** How long the tag index of AWS may lag behind what has been made, in milliseconds. */
const TAG_LAG = 15_000;

/** An operation that was under way, as an exported stack has it. */
export interface PendingOperation {
  readonly type: string;
  readonly resource: PendingCreate & Readonly<Record<string, unknown>>;
}

/** A resource of an exported stack. */
export type ExportedResource = Readonly<Record<string, unknown>>;

/** Types that carry neither a tag nor an association, and that making again does no harm to. */
const REPEATABLE = [
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  "aws:ec2transitgateway/instanceState:InstanceState",
];

/** The operations whose resources AWS may have. One in place of another that still stands is left: the two cannot be told apart by tag. */
export function adoptable(
  operations: readonly PendingOperation[],
  standing: readonly ExportedResource[],
): readonly PendingOperation[] {
  const urns = new Set(standing.map(({ urn }) => urn));
  return operations.filter(
    ({ type, resource }) =>
      type === "creating" &&
      resource.type.startsWith("aws:") &&
      !REPEATABLE.includes(resource.type) &&
      !urns.has(resource.urn),
  );
}

/**
 * Finds what a killed engine had AWS make and did not record: by the tag that names it.
 * @param standing resources that the state has
 * @returns resources for the state, in the order of the operations
 */
export async function adoptCreated(
  session: Session,
  operations: readonly PendingOperation[],
  standing: readonly ExportedResource[],
): Promise<readonly ExportedResource[]> {
  const creates = adoptable(operations, standing);
  const place = placeOf(
    session,
    creates.map(({ resource }) => resource),
  );
  if (creates.length === 0 || place === undefined) {
    return [];
  }
  tell(`asking AWS what became of ${creates.length} resources that an earlier run was creating when it was killed`);
  const inventory = await inventoryWith(creates, session, place);
  return creates.flatMap(({ resource }) => {
    const id = idOfPending(resource, inventory);
    if (id === undefined) {
      return [];
    }
    tell(`${resource.urn.split("::").at(-1) ?? ""} had been made: ${id}`);
    return [{ ...resource, id, outputs: { ...resource.inputs, id } }];
  });
}

/** Asks again for a while if something is not listed, which may be since it was never made. */
async function inventoryWith(
  creates: readonly PendingOperation[],
  session: Session,
  place: CloudPlace,
): Promise<AwsInventory> {
  const deadline = Date.now() + TAG_LAG;
  for (;;) {
    const inventory = await takeInventory(session, place);
    const isComplete = creates.every(({ resource }) => idOfPending(resource, inventory) !== undefined);
    if (isComplete || Date.now() > deadline) {
      return inventory;
    }
    await sleep(1000);
  }
}
