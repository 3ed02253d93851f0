import { PROJECT } from "../pulumi/backend";
import { knownResources, stateResources, type StateResource } from "../pulumi/checkpoint";
import { labCommand, upCommand } from "./lab-command";
import type { LabOutputs } from "../../program/outputs";
import { LABS } from "../../registry";
import type { Session } from "../pulumi/session";
import { configured } from "./stack-project";
import { UserError } from "../ui/user-error";

/** Which lab is meant, and how another one is, for the message about a name that it does not have. */
export function describeLab({ stack }: Pick<Session, "stack">, { lab }: Pick<LabOutputs, "lab">): string {
  return `the lab ${lab} of stack ${stack} (--stack chooses another)`;
}

/**
 * Two labs in one stack have the same names for Docker: one that replaces the other removes what it has just made.
 * @param lab that is to be built
 * @throws UserError if the stack holds another one, whole or in part
 */
export function assertSameLab(session: Session, lab: string | undefined): void {
  const component = labComponent(session);
  if (component === undefined || lab === undefined || isComponentOf(component, lab)) {
    return;
  }
  const held = catalogueName(component);
  const update = held === undefined ? "" : `bring it up to date: ${upCommand(held, session.qualifiedStack)}, or `;
  throw new UserError(
    `up: stack ${session.stack} holds the lab ${held ?? component}, and ${lab} is to be built; ${update}` +
      `give ${lab} a stack of its own: ${upCommand(lab, lab)}, or remove the other one first: ${labCommand("destroy", session)}`,
  );
}

/** What `-c` sets, and the lab that the stack holds if neither that nor the configuration names one: another checkout may have built it. */
export function withHeldLab(
  session: Session,
  overrides: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const held = configured(session.stack, "lab", overrides) === undefined ? heldLab(session) : undefined;
  return held === undefined ? overrides : { ...overrides, [`${PROJECT}:lab`]: held };
}

/** The lab that the stack holds, e.g. `traffic-flow`; undefined if it holds none that is known here. */
export function heldLab(session: Session): string | undefined {
  return labAmong(stateResources(session) ?? []);
}

/** Whether a stack holds a lab; one whose state says nothing of a lab holds what its configuration says. */
export function stackHolds(session: Session, lab: string): boolean {
  const component = componentIn(knownResources(session));
  return component === undefined ? configured(session.stack, "lab") === lab : isComponentOf(component, lab);
}

/** The lab whose component is among the resources of a stack; undefined if none is that is known here. */
export function labAmong(resources: readonly StateResource[]): string | undefined {
  const component = componentIn(resources);
  return component === undefined ? undefined : catalogueName(component);
}

function catalogueName(component: string): string | undefined {
  return LABS.find((lab) => isComponentOf(component, lab));
}

function isComponentOf(component: string, lab: string): boolean {
  return component.toLowerCase() === `${lab.replaceAll("-", "")}lab`;
}

/** The component of the lab that the stack holds, e.g. `VmLab`; undefined if it holds none, or its state is not in our own backend. */
function labComponent(session: Session): string | undefined {
  return componentIn(stateResources(session) ?? []);
}

function componentIn(resources: readonly StateResource[]): string | undefined {
  const types = resources.map(({ type }) => /^istio-lab:lab:(\w+)$/.exec(type)?.[1]);
  return types.find((type) => type !== undefined);
}
