import type { LabOutputs } from "../../program/outputs";
import { platformNamed } from "../../program/platforms/platforms";
import { accessOutput } from "../stack/access";
import { stateResources } from "../pulumi/checkpoint";
import { STACK_TYPE } from "../pulumi/engine-events";
import type { EngineThing } from "../docker/leftovers";
import type { Session } from "../pulumi/session";
import { expectedOf, type Expected, type ExpectedThing } from "./expected";
import type { Missing } from "./missing";

/** What of a stack is to be looked for, and how. */
export interface LookScene {
  readonly session: Session;
  readonly outputs: LabOutputs;
  readonly expected: Expected;
}

/**
 * What the stack has made, as its state says.
 * @returns undefined if there is nothing to look for: no `up` came to its end, the lab is not on this machine, or its state is not in our own backend
 */
export function lookScene(session: Session): LookScene | undefined {
  const resources = stateResources(session) ?? [];
  const outputs = outputsOf(resources.find(({ type }) => type === STACK_TYPE)?.outputs);
  return outputs !== undefined && platformNamed(outputs.platform).isOnEngine
    ? { session, outputs, expected: expectedOf(resources, outputs.clusters) }
    : undefined;
}

function outputsOf(outputs: Readonly<Record<string, unknown>> | undefined): LabOutputs | undefined {
  return outputs && accessOutput(outputs);
}

/**
 * Tells which containers and networks are gone.
 * @param own what carries the stack's mark on this machine's engine
 */
export function missingThings(
  { expected }: Pick<LookScene, "expected">,
  own: readonly EngineThing[],
): readonly Missing[] {
  return expected.things.filter((thing) => !isThere(thing, own)).map(missingThing);
}

/** A network that is gone while containers of the lab on it still stand. */
export interface LostNetwork {
  readonly network: ExpectedThing;
  readonly containers: readonly ExpectedThing[];
}

/**
 * Tells which networks are gone without their containers, e.g. by `docker network prune` while the containers were stopped. What was done in the
 * containers is still in them.
 * @param own what carries the stack's mark on this machine's engine
 */
export function lostNetworks(
  { expected: { things } }: Pick<LookScene, "expected">,
  own: readonly EngineThing[],
): readonly LostNetwork[] {
  return things
    .filter((thing) => thing.kind === "network" && !isThere(thing, own))
    .map((network) => ({
      network,
      containers: things.filter((thing) => thing.network === network.name && isThere(thing, own)),
    }))
    .filter(({ containers }) => containers.length > 0);
}

/** Tells whether something that a step has made is among the stack's own. */
export function isThere({ kind, name }: ExpectedThing, own: readonly EngineThing[]): boolean {
  return own.some((thing) => thing.kind === kind && thing.name === name);
}

/** What the update has to recreate for it to be there again. */
export function missingThing({ urn, kind, name }: ExpectedThing): Missing {
  return { urn, what: `${kind} ${name}` };
}

/**
 * Tells which containers on the engine are the lab's.
 * @param made what the stack has made; if that cannot be told, all that carry its mark are
 * @param own what carries the stack's mark on this machine's engine
 */
export function wantedContainers(
  made: Pick<LookScene, "expected"> | undefined,
  own: readonly EngineThing[],
): readonly EngineThing[] {
  const isWanted = (name: string) => !made || made.expected.things.some((thing) => thing.name === name);
  return own.filter(({ kind, name }) => kind === "container" && isWanted(name));
}

/** Whether all containers of the lab run. */
export function isAllRunning(made: Pick<LookScene, "expected">, own: readonly EngineThing[]): boolean {
  return wantedContainers(made, own).every(({ state }) => state === "running");
}
