import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { MARKER_FILE } from "../../../infra/core/folder-marker";
import { STACK_LABEL, STATE_LABEL } from "../../../infra/core/ownership";
import type { LabOutputs } from "../../program/outputs";
import { accessOutput } from "./access";
import { checkpointFile, ownStacks, PROJECT } from "../pulumi/backend";
import { readCheckpoint, type Checkpoint, type StateResource } from "../pulumi/checkpoint";
import { describeProblem, isUnreadable } from "../pulumi/unreadable-state";
import { STACK_TYPE } from "../pulumi/engine-events";
import { lostStateProblem } from "../pulumi/lost-state";
import { unreadableProblem } from "../pulumi/own-state";
import { openSession, type Session } from "../pulumi/session";
import { isWorkedOn, labState, type Containers, type FoundState } from "./stack-state";
import { isAlive, updateProcesses } from "../pulumi/stray-processes";

/** A stack as `list` shows it. */
export interface ListedStack extends FoundState {
  readonly stack: string;
  /** Empty if no `up` has finished. */
  readonly lab: string;
  /** Time of the last update in ISO 8601, or `never`. */
  readonly changed: string;
}

/** All stacks of our own backend, read from its files: one that is damaged does not hide the others. Then what exists without a state. */
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
  // Without the mark of the state folder the stack's own containers look like somebody else's.
  const refused = unreadableProblem(join(folder, MARKER_FILE), checkpointFile(folder, stack));
  if (refused !== undefined) {
    return { stack, lab: "", state: "unknown", changed: "never", problem: refused };
  }
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
    : builtState(session, checkpoint.resources, outputs, containers);
  return { stack, lab: outputs?.lab ?? "", changed: lastChange(checkpoint), ...found };
}

function describeLost(session: Session, containers: Containers): ListedStack {
  if (isWorkedOn(session)) {
    return { stack: session.stack, lab: "", state: "changing", changed: "never" };
  }
  const problem = lostStateProblem(session, containers ?? []);
  return { stack: session.stack, lab: "", state: "left over", changed: "never", ...(problem ? { problem } : {}) };
}

function builtState(
  session: Session,
  resources: readonly StateResource[],
  outputs: LabOutputs | undefined,
  containers: Containers,
): FoundState {
  if (!resources.some(({ type }) => type !== STACK_TYPE)) {
    return { state: "empty" };
  }
  return outputs === undefined ? { state: "half built" } : labState(session, outputs, containers);
}

function outputsOf(resources: readonly StateResource[]): LabOutputs | undefined {
  return accessOutput(resources.find(({ type }) => type === STACK_TYPE)?.outputs ?? {});
}

/** Pulumi writes nanoseconds and the zone of the machine. */
function lastChange({ time }: Extract<Checkpoint, { state: "read" }>): string {
  const moment = new Date(time ?? "");
  return Number.isNaN(moment.getTime()) || moment.getTime() <= 0 ? "never" : moment.toISOString();
}

/** A verb that is at work may be before or behind its update. An update holds a lock; one that was killed leaves its lock behind, but nobody who waits for it. */
function isChanging(session: Session, folder: string): boolean {
  const { stack, stackFolder } = session;
  const locks = join(folder, ".pulumi", "locks", "organization", PROJECT, stack);
  const isLocked = existsSync(locks) && readdirSync(locks).some((file) => file.endsWith(".json"));
  return isWorkedOn(session) || (isLocked && updateProcesses(stackFolder).some(({ owner }) => isAlive(owner)));
}
