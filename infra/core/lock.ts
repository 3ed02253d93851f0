import { linkSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { realClock, type Clock } from "./clock";
import { parseJson } from "./json";
import { writeNew } from "./whole-file";
import { placeOfThis, sightOf, type ProcessPlace } from "./workstation/process-place";
import { identityOf, isRunning, type ProcessIdentity } from "./workstation/processes";

/** A lock that is held until `release`, or until its process is gone. */
export interface Lock {
  /** True if the lock was left by a process that no longer runs: what it was doing is half done. */
  readonly takenOver: boolean;
  release(): void;
}

/** Who holds a lock. */
export interface LockHolder extends ProcessIdentity, ProcessPlace {
  /** What it holds the lock for, as it says itself, e.g. `heal`; not every holder says it. */
  readonly purpose?: string;
}

/** A lock is held by a process of another container: whether that still runs cannot be seen, so that waiting for it might never end. */
export class HiddenHolderError extends Error {
  /** @param file the lock file */
  public constructor(
    file: string,
    public readonly holder: LockHolder,
  ) {
    const name = `${holder.purpose ?? "istio-lab"} (process ${String(holder.pid)} of ${holder.pidNamespace ?? ""})`;
    super(
      `${file}: ${name} holds it in another container, where it cannot be seen from here; wait until it ends, or if it has ended, remove that file`,
    );
  }
}

/** How to wait for a lock. */
export interface LockOptions {
  readonly signal?: AbortSignal;
  /** What the lock is taken for. Default: not said. */
  readonly purpose?: string;
  /** Called once when the lock is held by another process; if it throws, nobody waits. */
  readonly onWait?: (holder: LockHolder) => void;
  /** Milliseconds between looks. Default 250. */
  readonly pollMilliseconds?: number;
  /** What the looks go by. Default: the real time. */
  readonly clock?: Clock;
}

/**
 * Takes a lock file, and waits while another live process holds it.
 * The file holds its owner's process id and start time, so that a lock left by `kill -9` is taken over, also after the id is used again.
 * @throws the signal's reason if it is aborted while waiting, and what `onWait` throws
 * @throws HiddenHolderError if it cannot be seen whether the holder runs
 */
export async function acquireLock(file: string, options: LockOptions = {}): Promise<Lock> {
  const identity = identityOf(process.pid);
  if (!identity) {
    throw new Error(`the start time of process ${process.pid} cannot be read`);
  }
  const own = { ...identity, ...placeOfThis(), ...(options.purpose === undefined ? {} : { purpose: options.purpose }) };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const clock = options.clock ?? realClock;
  let takenOver = false;
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    // A hard link puts the file there with its content, or fails: there is no moment at which the lock is empty.
    if (writeNew(file, JSON.stringify(own))) {
      return { takenOver, release: () => release(file, own) };
    }
    const holder = readHolder(file);
    if (holder === "gone") {
      continue;
    }
    if (holder === "unreadable" || !mayRun(holder)) {
      takenOver = evict(file) || takenOver;
      continue;
    }
    if (isHidden(holder)) {
      throw new HiddenHolderError(file, holder);
    }
    if (!told) {
      options.onWait?.(holder);
    }
    told = true;
    await clock.pause(options.pollMilliseconds ?? 250, options.signal);
  }
}

/**
 * The process that holds a lock at this moment; waits for nothing and changes nothing.
 * @returns undefined if nobody does, or a process that no longer runs; one that is hidden is taken for running
 */
export function lockHolder(file: string): LockHolder | undefined {
  const holder = readHolder(file);
  return typeof holder === "object" && mayRun(holder) ? holder : undefined;
}

/** Whether it cannot be seen from here if a lock's holder runs: it belongs to another container. */
export function isHidden(holder: LockHolder): boolean {
  return sightOf(holder) === "hidden";
}

function mayRun(holder: LockHolder): boolean {
  const sight = sightOf(holder);
  return sight === "hidden" || (sight === "visible" && isRunning(holder));
}

function readHolder(file: string): LockHolder | "gone" | "unreadable" {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return "gone";
  }
  const holder = parseJson(text) as Partial<LockHolder> | null | undefined;
  // No process of ours writes another file: it is treated as left behind.
  return typeof holder?.pid === "number" && typeof holder.started === "string" ? (holder as LockHolder) : "unreadable";
}

/** Moves a stale lock aside; gives it back if another process was quicker and the moved one is alive. */
function evict(file: string): boolean {
  const aside = `${file}.stale.${String(process.pid)}`;
  try {
    renameSync(file, aside);
  } catch {
    return false;
  }
  const moved = readHolder(aside);
  const live = typeof moved === "object" && mayRun(moved);
  if (live) {
    try {
      linkSync(aside, file);
    } catch {
      // Yet another process holds it by now; the one moved aside finds out at its next step.
    }
  }
  rmSync(aside, { force: true });
  return !live;
}

function release(file: string, own: LockHolder): void {
  const holder = readHolder(file);
  if (typeof holder === "object" && holder.pid === own.pid && holder.started === own.started && !isHidden(holder)) {
    rmSync(file, { force: true });
  }
}
