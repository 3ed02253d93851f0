import { ownStacks } from "./backend";
import { buildCommand, labCommand } from "../stack/lab-command";
import { listContainers, ownContainers, type Found } from "../docker/leftovers";
import type { Session } from "./session";
import { UserError } from "../ui/user-error";

/**
 * Says of a stack without a state, e.g. after `pulumi stack rm --force`, what of it exists, and what to do about it.
 * @param containers what this machine's engine has
 * @returns undefined if nothing with the stack's mark exists
 */
export function lostStateProblem(session: Session, containers: readonly Found[]): string | undefined {
  const names = ownContainers(session.owner, containers)
    .map(({ name }) => name)
    .sort();
  const [up, destroy] = [buildCommand(session), labCommand("destroy", session)];
  return names.length === 0
    ? undefined
    : `its state is lost, and these still exist: ${names.join(", ")}; take them over: ${up}, or remove them: ${destroy}`;
}

/** What to tell of a stack without a state: that nothing exists, or what of it does. An engine that does not answer has nothing to tell. */
export async function withoutState(session: Session): Promise<UserError> {
  const problem = lostStateProblem(session, session.owner.stateId === "" ? [] : await foundContainers(session));
  return new UserError(`stack ${session.stack}: ${problem ?? nothingHere(session)}`, 2);
}

function nothingHere(session: Session): string {
  const { stack, backend } = session;
  const others = backend.ownFolder === undefined ? [] : ownStacks(backend.ownFolder).filter((name) => name !== stack);
  const said = others.length === 0 ? "" : `; name another stack by --stack: ${others.join(", ")}`;
  return `there is no lab here${said}; build one: ${buildCommand(session)}`;
}

async function foundContainers({ env }: Session): Promise<readonly Found[]> {
  try {
    return await listContainers(env);
  } catch (error) {
    if (error instanceof UserError) {
      return [];
    }
    throw error;
  }
}
