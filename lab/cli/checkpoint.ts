import { existsSync, readFileSync } from "node:fs";
import { checkpointFile, type Backend } from "./backend";
import type { Session } from "./session";
import type { Dependencies } from "./timings";

/** A resource in Pulumi's state: the fields that the command line reads. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  /** `URN::id` of the provider that makes it. */
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Secrets are encrypted. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * The stack's resources, read from our own backend's file, which takes milliseconds where the CLI takes half a second.
 * @returns undefined where the backend is another one or the stack is not there
 */
export function stateResources(session: Session): readonly StateResource[] | undefined {
  const folder = session.backend.ownFolder;
  if (folder === undefined || !existsSync(checkpointFile(folder, session.stack))) {
    return undefined;
  }
  const state = JSON.parse(readFileSync(checkpointFile(folder, session.stack), "utf8")) as {
    readonly checkpoint?: { readonly latest?: { readonly resources?: readonly StateResource[] } };
  };
  return state.checkpoint?.latest?.resources ?? [];
}

/**
 * Has the stack anything on AWS? Only what our own backend keeps is looked at; a file that is damaged says no more than its text does.
 * @param stack the stack's name
 */
export function isOnAws({ ownFolder }: Backend, stack: string): boolean {
  const file = ownFolder === undefined ? undefined : checkpointFile(ownFolder, stack);
  return file !== undefined && existsSync(file) && readFileSync(file, "utf8").includes('"pulumi:providers:aws"');
}

/** What each of the stack's resources waits for; empty where it cannot be told quickly. */
export function stateDependencies(session: Session): Dependencies {
  return new Map((stateResources(session) ?? []).map(({ urn, dependencies }) => [urn, dependencies ?? []]));
}
