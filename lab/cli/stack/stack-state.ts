import { kindNode, ownedName } from "../../../infra/core/names";
import type { Owner } from "../../../infra/core/ownership";
import type { LabOutputs } from "../../program/outputs";
import { platformNamed } from "../../program/platforms/platforms";
import { ownContainers, type Found } from "../docker/leftovers";
import { workOf } from "./at-work";
import { scenarioName, scenarioProblem } from "../verify/scenario-left";
import type { Session } from "../pulumi/session";

/**
 * What of a stack is there, by what exists and not by what a file says: `up` all of it, `half built` no `up` has finished, `empty` nothing
 * was built, `changing` a verb is at work on it, `stopped` some of its containers do not run, `gone` some of them are not there, `damaged` its state
 * cannot be read, `newer` a newer Pulumi wrote its state, `left over` its containers are there and its state is not, `scenario left` a `verify` has
 * not put back what it had changed, `unknown` the Docker engine does not answer, or the state may not be read.
 */
export type StackState =
  | "up"
  | "half built"
  | "empty"
  | "changing"
  | "stopped"
  | "gone"
  | "damaged"
  | "newer"
  | "left over"
  | "scenario left"
  | "unknown";

/** What this machine's engine has; undefined if it does not answer. */
export type Containers = readonly Found[] | undefined;

/** The state of a lab, and what is wrong with it. */
export interface FoundState {
  readonly state: StackState;
  /** In words; only if something is. */
  readonly problem?: string;
}

/** Whether a verb changes the stack at this moment; `verify` does so in its scenarios. */
export function isWorkedOn(session: Session): boolean {
  const work = workOf(session);
  return work !== undefined && (work.verb !== "verify" || scenarioName(session) !== undefined);
}

/**
 * The state of a lab whose `up` has finished.
 * @param outputs of that `up`
 */
export function labState(session: Session, outputs: LabOutputs, containers: Containers): FoundState {
  const found = standingState(session.owner, outputs, containers);
  const scenario = scenarioProblem(session);
  if (scenario === undefined) {
    return found;
  }
  const problem = [found.problem, scenario].filter(Boolean).join("; ");
  return { state: found.state === "up" ? "scenario left" : found.state, problem };
}

/**
 * Compares what exists with what was built. What only has the right name, and belongs to somebody else, does not count.
 * @param outputs of an `up` that has finished
 */
export function standingState(owner: Owner, outputs: LabOutputs, containers: Containers): FoundState {
  if (!platformNamed(outputs.platform).isOnEngine) {
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
