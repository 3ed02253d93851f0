import { rentingPlatform } from "../../program/platforms/platforms";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { assertPassphrase, checkpointFile, type Backend } from "./backend";
import { isCheckpoint, isNewer, type StateResource } from "./checkpoint-shape";
import { assertNotMoved } from "./moved-state";
import { unreadableProblem } from "./own-state";
import type { Session } from "./session";
import type { Dependencies } from "../ui/timings";
import { isUnreadable, unreadableState } from "./unreadable-state";

export type { StateResource };

/** What the file in which our own backend keeps a stack says. */
export type Checkpoint =
  | {
      readonly state: "read";
      readonly resources: readonly StateResource[];
      /** Operations were under way when an engine was killed. */
      readonly isInterrupted: boolean;
      /** Time of the last update, as Pulumi writes it; undefined if there was none. */
      readonly time: string | undefined;
    }
  /** There is no such stack. */
  | { readonly state: "absent" }
  /** The backend is the user's, and has no file here. */
  | { readonly state: "elsewhere" }
  /** The file holds nothing that Pulumi could read, as a full disk or a power cut leaves it. */
  | { readonly state: "damaged"; readonly file: string; readonly problem: string }
  /** A later version of Pulumi wrote the file, in a format that this one cannot read. */
  | { readonly state: "newer"; readonly file: string; readonly problem: string }
  /** This user may not read the file: nothing is known of the stack. */
  | { readonly state: "unknown"; readonly file: string; readonly problem: string };

/** A state that is there and cannot be read. */
export type UnreadableCheckpoint = Extract<Checkpoint, { readonly problem: string }>;

/** Reads the stack's state from our own backend's file, which takes milliseconds; the CLI takes half a second. Never throws for what the file holds. */
export function readCheckpoint({ backend, stack }: Pick<Session, "backend" | "stack">): Checkpoint {
  if (backend.ownFolder === undefined) {
    return { state: "elsewhere" };
  }
  const file = checkpointFile(backend.ownFolder, stack);
  if (!existsSync(file)) {
    return { state: "absent" };
  }
  const problem = unreadableProblem(file);
  if (problem !== undefined) {
    return { state: "unknown", file, problem };
  }
  const damaged = (problem: string): Checkpoint => ({ state: "damaged", file, problem });
  let content: unknown;
  try {
    const text = readFileSync(file, "utf8");
    if (text.trim() === "") {
      return damaged("it is empty");
    }
    content = JSON.parse(text);
  } catch (error) {
    return damaged(error instanceof SyntaxError ? "it is not whole" : (error as Error).message);
  }
  if (isNewer(content)) {
    return { state: "newer", file, problem: `a newer Pulumi wrote it (version ${content.version})` };
  }
  return isCheckpoint(content)
    ? {
        state: "read",
        resources: content.checkpoint.latest?.resources ?? [],
        isInterrupted: (content.checkpoint.latest?.pending_operations ?? []).length > 0,
        time: content.checkpoint.latest?.manifest?.time,
      }
    : damaged("it holds no state of Pulumi's");
}

/**
 * The stack's resources.
 * @returns undefined if the backend is another one or the stack is not there
 * @throws UserError if the state cannot be read
 */
export function stateResources(session: Session): readonly StateResource[] | undefined {
  const checkpoint = readCheckpoint(session);
  if (isUnreadable(checkpoint)) {
    throw unreadableState(session, checkpoint);
  }
  return checkpoint.state === "read" ? checkpoint.resources : undefined;
}

/** The same for what has to go on without a state that can be read: then nothing is known to be there. */
export function knownResources(session: Pick<Session, "backend" | "stack">): readonly StateResource[] {
  const checkpoint = readCheckpoint(session);
  return checkpoint.state === "read" ? checkpoint.resources : [];
}

/**
 * Call it before pulumi works on the stack: its own words about such a file help nobody.
 * @throws UserError if the state cannot be read, if the state folder was moved, or if the passphrase of its secrets is lost
 */
export function assertReadableState(session: Session): void {
  if (stateResources(session) !== undefined) {
    assertNotMoved(session);
  }
  if (session.backend.ownFolder !== undefined) {
    assertPassphrase(session.backend.ownFolder);
  }
}

/**
 * Where the stack has anything that is rented. Only what our own backend keeps is looked at; a file that is damaged says no more than its text does.
 * @param stack the stack's name
 */
export function rentedFrom({ ownFolder }: Backend, stack: string): string | undefined {
  try {
    return ownFolder && rentingPlatform(readFileSync(checkpointFile(ownFolder, stack), "utf8"))?.name;
  } catch {
    // There is no such stack, or its file cannot be read: whoever needs its content says so.
    return undefined;
  }
}

/** What each of the stack's resources waits for; empty if it cannot be told quickly. */
export function stateDependencies(session: Session): Dependencies {
  return new Map((stateResources(session) ?? []).map(({ urn, dependencies }) => [urn, dependencies ?? []]));
}

/**
 * Removes a state that pulumi cannot read, with what pulumi keeps beside it.
 * @param file as `readCheckpoint` names it
 */
export function removeCheckpoint(file: string): void {
  for (const name of [file, `${file}.attrs`, `${file}.bak`, `${file}.bak.attrs`]) {
    rmSync(name, { force: true });
  }
}
