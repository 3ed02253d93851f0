import { realClock, type Clock } from "../../../infra/core/clock";
import { UPDATE_VARIABLE } from "../../../infra/core/toolchain-key";
import { processEnvironments, processStart } from "../../../infra/core/workstation/processes";

/** The command line that started the update: when it is gone, nobody waits for the update any more. */
export const OWNER_VARIABLE = "ISTIO_LAB_UPDATE_OWNER";

/** A process that belongs to an update of a stack. */
export interface UpdateProcess {
  readonly pid: number;
  /** Process id of the command line that started it. */
  readonly owner: number;
}

/** Does a process of this id run? One that has ended and waits for its parent, or for a slow init, does not. */
export function isAlive(pid: number): boolean {
  return processStart(pid) !== undefined;
}

/**
 * Finds what an update of a stack has running: a killed engine leaves plugins and scripts behind, which would work against the next one.
 * @param stackFolder the stack's state folder
 */
export function updateProcesses(stackFolder: string): readonly UpdateProcess[] {
  const found: UpdateProcess[] = [];
  for (const [pid, variables] of processEnvironments()) {
    if (pid !== process.pid && variables.includes(`${UPDATE_VARIABLE}=${stackFolder}`)) {
      const owner = variables.find((variable) => variable.startsWith(`${OWNER_VARIABLE}=`));
      found.push({ pid, owner: Number(owner?.slice(OWNER_VARIABLE.length + 1) ?? 0) });
    }
  }
  return found;
}

/**
 * Ends processes that nobody waits for: asks first, and kills what is still there after the grace period.
 * @param graceSeconds how long they may take to end by themselves
 * @param clock what the grace period goes by. Default: the real time
 */
export async function endProcesses(
  pids: readonly number[],
  graceSeconds: number,
  clock: Clock = realClock,
): Promise<void> {
  // An id may belong to somebody else's process by the time of the kill; the time of its start tells.
  const starts = new Map(pids.map((pid) => [pid, processStart(pid)]));
  const remaining = () => pids.filter((pid) => isAlive(pid) && processStart(pid) === starts.get(pid));
  signalAll(remaining(), "SIGTERM");
  const deadline = clock.now() + graceSeconds * 1000;
  while (remaining().length > 0 && clock.now() < deadline) {
    await clock.pause(50);
  }
  signalAll(remaining(), "SIGKILL");
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself in the meantime.
    }
  }
}
