import { stateResources } from "./checkpoint";
import { buildCommand, labCommand } from "./lab-command";
import type { Session } from "./session";
import { UserError } from "./user-error";

/**
 * Two labs in one stack have the same names for Docker: one that replaces the other removes what it has just made.
 * @param lab that is to be built
 * @throws UserError if the stack holds another one, whole or in part
 */
export function assertSameLab(session: Session, lab: string | undefined): void {
  const [held, component] = [labComponent(session), `${(lab ?? "").replaceAll("-", "")}lab`];
  if (held !== undefined && lab !== undefined && held.toLowerCase() !== component) {
    throw new UserError(
      `up: stack ${session.stack} holds another lab (${held}), and ${lab} is to be built; ` +
        `give it a stack of its own: ${buildCommand({ ...session, stack: lab, qualifiedStack: lab })}, or remove the other one first: ${labCommand("destroy", session)}`,
    );
  }
}

/** The component of the lab that the stack holds, e.g. `VmLab`; undefined if it holds none, or its state is not in our own backend. */
function labComponent(session: Session): string | undefined {
  const types = (stateResources(session) ?? []).map(({ type }) => /^istio-lab:lab:(\w+)$/.exec(type)?.[1]);
  return types.find((type) => type !== undefined);
}
