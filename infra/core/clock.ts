import { setTimeout as sleep } from "node:timers/promises";

/** Where what waits gets its time from: the real one, or a test's own, in which a pause takes no time. */
export interface Clock {
  /** Milliseconds since some fixed moment. They never go back, also if somebody sets the time of this machine. */
  now(): number;
  /**
   * Waits.
   * @param signal ends the pause early
   * @throws Error named AbortError if the signal comes
   */
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The time of this machine. */
export const realClock: Clock = {
  now: () => performance.now(),
  pause: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  },
};
