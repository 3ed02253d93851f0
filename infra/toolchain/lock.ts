import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { realClock, type Clock } from "../core/clock";
import { makePrivateFolder } from "./files";
import { identityOf, isRunning, type ProcessIdentity } from "./process-identity";

/** A lock that is held until `release`, or until its process is gone. */
export interface Lock {
  /** True where the lock was left by a process that no longer runs: what it was doing is half done. */
  readonly takenOver: boolean;
  release(): void;
}

/** Who holds a lock. */
export interface LockHolder extends ProcessIdentity {
  /** What it holds the lock for, as it says itself, e.g. `heal`; not every holder says it. */
  readonly purpose?: string;
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
 */
export async function acquireLock(file: string, options: LockOptions = {}): Promise<Lock> {
  const identity = identityOf(process.pid);
  if (!identity) throw new Error(`the start time of process ${String(process.pid)} cannot be read`);
  const own = { ...identity, ...(options.purpose === undefined ? {} : { purpose: options.purpose }) };
  makePrivateFolder(dirname(file));
  const clock = options.clock ?? realClock;
  let takenOver = false;
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    if (tryLink(file, own)) return { takenOver, release: () => release(file, own) };
    const holder = readHolder(file);
    if (holder === "gone") continue;
    if (holder === "unreadable" || !isRunning(holder)) {
      takenOver = evict(file) || takenOver;
      continue;
    }
    if (!told) options.onWait?.(holder);
    told = true;
    await clock.pause(options.pollMilliseconds ?? 250, options.signal);
  }
}

/**
 * The process that holds a lock at this moment; waits for nothing and changes nothing.
 * @returns undefined if nobody does, or a process that no longer runs
 */
export function lockHolder(file: string): LockHolder | undefined {
  const holder = readHolder(file);
  return typeof holder === "object" && isRunning(holder) ? holder : undefined;
}

/** A hard link puts the file there with its content, or fails: there is no moment at which the lock is empty. */
function tryLink(file: string, own: LockHolder): boolean {
  const draft = `${file}.${String(own.pid)}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readHolder(file: string): LockHolder | "gone" | "unreadable" {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return "gone";
  }
  try {
    const holder = JSON.parse(text) as Partial<LockHolder> | null;
    if (typeof holder?.pid === "number" && typeof holder.started === "string") return holder as LockHolder;
  } catch {
    // No process of ours writes such a file: treated as left behind.
  }
  return "unreadable";
}

/** Moves a stale lock aside; gives it back where another process was quicker and the moved one is alive. */
function evict(file: string): boolean {
  const aside = `${file}.stale.${String(process.pid)}`;
  try {
    renameSync(file, aside);
  } catch {
    return false;
  }
  const moved = readHolder(aside);
  const live = typeof moved === "object" && isRunning(moved);
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

function release(file: string, own: ProcessIdentity): void {
  const holder = readHolder(file);
  if (typeof holder === "object" && holder.pid === own.pid && holder.started === own.started)
    rmSync(file, { force: true });
}
