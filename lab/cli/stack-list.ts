import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { kindNode, ownedName } from "../../infra/core/names";
import { STACK_LABEL, STATE_LABEL, type Owner } from "../../infra/core/ownership";
import type { LabOutputs } from "../outputs";
import { accessOutput } from "./access";
import { ownStacks, PROJECT } from "./backend";
import { describeProblem, isUnreadable, readCheckpoint, type Checkpoint, type StateResource } from "./checkpoint";
import { STACK_TYPE } from "./engine-events";
import { ownContainers, type Found } from "./leftovers";
import { lostStateProblem } from "./lost-state";
import { openSession, type Session } from "./session";
import { isAlive, updateProcesses } from "./stray-processes";

/**
 * What of a stack is there, by what stands and not by what a file says: `up` all of it, `half built` no `up` has come to its end, `empty` nothing
 * was built, `changing` an update is under way, `stopped` some of its containers do not run, `gone` some of them are not there, `damaged` its
 * state cannot be read, `newer` a newer Pulumi wrote its state, `left over` its containers are there and its state is not, `unknown` the Docker engine does not answer.
 */
export type StackState =
  "up" | "half built" | "empty" | "changing" | "stopped" | "gone" | "damaged" | "newer" | "left over" | "unknown";

/** A stack as `list` shows it. */
export interface ListedStack {
  readonly stack: string;
  /** Empty if no `up` has come to its end. */
  readonly lab: string;
  readonly state: StackState;
  /** Time of the last update in ISO 8601, or `never`. */
  readonly changed: string;
  /** What is wrong, in words; only if something is. */
  readonly problem?: string;
}

/** What this machine's engine has; undefined if it does not answer. */
export type Containers = readonly Found[] | undefined;

/** All stacks of our own backend, read from its files: one that is damaged does not hide the others. Then what stands without a state. */
export function listOwnStacks(folder: string, containers: Containers): readonly ListedStack[] {
  const known = ownStacks(folder);
  const stateId = openSession().owner.stateId;
  const marked = (containers ?? []).flatMap(({ labels }) =>
    stateId !== "" && labels[STATE_LABEL] === stateId ? (labels[STACK_LABEL] ?? []) : [],
  );
  const lost = [...new Set(marked)].filter((stack) => !known.includes(stack)).sort();
  return [
    ...known.map((stack) => describeStack(openSession(stack), folder, containers)),
    ...lost.map((stack) => describeLost(openSession(stack), containers)),
  ];
}

function describeStack(session: Session, folder: string, containers: Containers): ListedStack {
  const { stack } = session;
  const checkpoint = readCheckpoint(session);
  if (isUnreadable(checkpoint)) {
    return { stack, lab: "", state: checkpoint.state, changed: "never", problem: describeProblem(checkpoint) };
  }
  if (checkpoint.state !== "read") {
    return { stack, lab: "", state: "damaged", changed: "never", problem: "it has just gone" };
  }
  const outputs = outputsOf(checkpoint.resources);
  const found = isChanging(session, folder)
    ? { state: "changing" as const }
    : builtState(session.owner, checkpoint.resources, outputs, containers);
  return { stack, lab: outputs?.lab ?? "", changed: lastChange(checkpoint), ...found };
}

function describeLost(session: Session, containers: Containers): ListedStack {
  const problem = lostStateProblem(session, containers ?? []);
  return { stack: session.stack, lab: "", state: "left over", changed: "never", ...(problem ? { problem } : {}) };
}

function builtState(
  owner: Owner,
  resources: readonly StateResource[],
  outputs: LabOutputs | undefined,
  containers: Containers,
): Pick<ListedStack, "state" | "problem"> {
  if (!resources.some(({ type }) => type !== STACK_TYPE)) {
    return { state: "empty" };
  }
  return outputs === undefined ? { state: "half built" } : standingState(owner, outputs, containers);
}

/**
 * Compares what stands with what was built. What only has the right name, and belongs to somebody else, does not count.
 * @param outputs of an `up` that has come to its end
 */
export function standingState(
  owner: Owner,
  outputs: LabOutputs,
  containers: Containers,
): Pick<ListedStack, "state" | "problem"> {
  if (outputs.platform !== "local") {
    return { state: "up" };
  }
  if (containers === undefined) {
    return { state: "unknown" };
  }
  const states = new Map(ownContainers(owner, containers).map(({ name, state }) => [name, state]));
  const wanted = containerNames(owner.stack, outputs);
  const missing = wanted.filter((name) => !states.has(name));
  if (missing.length > 0) {
    return { state: "gone", problem: `not there: ${missing.join(", ")}` };
  }
  const still = wanted.filter((name) => states.get(name) !== "running");
  return still.length > 0
    ? { state: "stopped", problem: still.map((name) => `${name} is ${states.get(name) ?? ""}`).join(", ") }
    : { state: "up" };
}

/** Names of the containers that a lab on this machine has. */
function containerNames(stack: string, { clusters, hosts }: LabOutputs): readonly string[] {
  return [
    ...clusters.map(({ name }) => kindNode(ownedName(stack, name))),
    ...hosts.map(({ name }) => ownedName(stack, name)),
  ];
}

function outputsOf(resources: readonly StateResource[]): LabOutputs | undefined {
  return accessOutput(resources.find(({ type }) => type === STACK_TYPE)?.outputs ?? {});
}

/** Pulumi writes nanoseconds and the zone of the machine. */
function lastChange({ time }: Extract<Checkpoint, { state: "read" }>): string {
  const moment = new Date(time ?? "");
  return Number.isNaN(moment.getTime()) || moment.getTime() <= 0 ? "never" : moment.toISOString();
}

/** An update holds a lock; one that was killed leaves its lock behind, but nobody who waits for it. */
function isChanging({ stack, stackFolder }: Session, folder: string): boolean {
  const locks = join(folder, ".pulumi", "locks", "organization", PROJECT, stack);
  const isLocked = existsSync(locks) && readdirSync(locks).some((file) => file.endsWith(".json"));
  return isLocked && updateProcesses(stackFolder).some(({ owner }) => isAlive(owner));
}
