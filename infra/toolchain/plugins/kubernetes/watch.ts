import type { ApiClient } from "./api-client";
import { ApiError, UnreachableError } from "./api-error";
import { fieldOf, objectsOf, textOf, type Manifest } from "./manifest";

/** Which objects to watch. */
export interface WatchScope {
  /** Path of the kind's objects. */
  readonly path: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** All objects of the scope as they are now, by uid. Given anew with every change. */
export type ObjectSet = ReadonlyMap<string, Manifest>;

/** What the API server tells of one object. */
interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: Manifest;
}

// Each list and watch lasts a few minutes at the server's choice; a server that ends them at once is not asked in a loop.
const restartMilliseconds = 500;

// An API server that is busy or restarts is away for some seconds; one that is away longer is gone.
const tolerableFailures = 10;

/**
 * Follows the objects of a scope: their state at the start, then after each change, until the caller stops. Nothing is
 * polled. When the server ends the watch, has forgotten where it was or is away for some seconds, the objects are listed
 * anew.
 * @throws as `ApiClient.send` does
 */
export async function* watchObjects(
  client: ApiClient,
  scope: WatchScope,
  signal: AbortSignal,
): AsyncGenerator<ObjectSet, never> {
  const query = { fieldSelector: scope.fieldSelector, labelSelector: scope.labelSelector };
  for (let failures = 0; ;) {
    let list: Manifest;
    try {
      list = await client.send({ method: "GET", path: scope.path, query, signal });
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!isOutage(error) || failures > tolerableFailures) {
        throw error;
      }
      await pause(restartMilliseconds, signal);
      continue;
    }
    const objects = new Map(objectsOf(list, "items").map((item) => [uidOf(item), asItem(list, item)] as const));
    yield new Map(objects);
    const from = textOf(list, "metadata", "resourceVersion");
    for await (const event of eventsSince(client, scope, from, signal)) {
      if (applyEvent(objects, event)) {
        yield new Map(objects);
      }
    }
    await pause(restartMilliseconds, signal);
  }
}

async function* eventsSince(
  client: ApiClient,
  scope: WatchScope,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const { fieldSelector, labelSelector } = scope;
  const query = { fieldSelector, labelSelector, resourceVersion, watch: "true", allowWatchBookmarks: "true" };
  try {
    const { lines } = await client.stream({ method: "GET", path: scope.path, query, signal });
    for await (const line of lines) {
      const event = JSON.parse(line) as WatchEvent;
      if (event.type === "ERROR") {
        return;
      }
      yield event;
    }
  } catch (error) {
    // 410 Gone: the server no longer has the changes since that version.
    if (!isOutage(error) && !(error instanceof ApiError && error.status === 410)) {
      throw error;
    }
  }
}

function isOutage(error: unknown): boolean {
  return (
    error instanceof UnreachableError || (error instanceof ApiError && [429, 500, 502, 503, 504].includes(error.status))
  );
}

function applyEvent(objects: Map<string, Manifest>, { type, object }: WatchEvent): boolean {
  switch (type) {
    case "ADDED":
    case "MODIFIED":
      objects.set(uidOf(object), object);
      return true;
    case "DELETED":
      return objects.delete(uidOf(object));
    default:
      return false;
  }
}

function uidOf(object: Manifest): string {
  return textOf(object, "metadata", "uid") || textOf(object, "metadata", "name");
}

// Items of a list do not say what they are; the list does.
function asItem(list: Manifest, item: Manifest): Manifest {
  const kind = textOf(list, "kind").replace(/List$/, "");
  return fieldOf(item, "kind") === undefined ? { apiVersion: textOf(list, "apiVersion"), kind, ...item } : item;
}

/** Waits; returns early where the signal is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    if (signal.aborted) {
      done();
    }
    signal.addEventListener("abort", done);
  });
}
