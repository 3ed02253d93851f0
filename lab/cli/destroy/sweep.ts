import { isRented } from "../../program/platforms/platforms";
import { stateResources } from "../pulumi/checkpoint";
import { findLeftovers } from "../docker/leftovers";
import { removeOwn } from "../docker/remove-own";
import type { Session } from "../pulumi/session";

/**
 * Removes what carries the stack's mark on this machine's engine.
 * @returns how many things that were
 * @throws UserError if something refuses to go
 */
export async function sweep({ owner, env }: Session): Promise<number> {
  const { own } = await findLeftovers(owner, env);
  await removeOwn(own, env);
  return own.length;
}

/** Whether nothing that is rented is in the state; of a backend of the user's that is not known, and the answer is no. */
export function isNothingRented(session: Session): boolean {
  return stateResources(session)?.every(({ type }) => !isRented(type)) ?? false;
}
