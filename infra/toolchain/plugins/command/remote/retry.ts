import { setTimeout as sleep } from "node:timers/promises";
import { backoffMilliseconds, givesUp } from "./backoff";

/** An error that no further attempt can mend. */
export class FinalError extends Error {}

/** How to try again. */
export interface Retry {
  /** What is tried, for the log, e.g. `Dial`. */
  readonly what: string;
  /** `dialErrorLimit`; -1 never gives up. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Takes a line for the log after each failure. */
  readonly report: (line: string) => void;
}

/**
 * Tries until it works.
 * @throws Error `after N failed attempts: …` with the last failure; at once on FinalError and when cancelled
 */
export async function tryAgain<Result>(retry: Retry, attempt: () => Promise<Result>): Promise<Result> {
  for (let failures = 1; ; failures++) {
    retry.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      retry.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof FinalError) {
        throw error;
      }
      if (givesUp(failures, retry.limit)) {
        throw new Error(`after ${String(failures - 1)} failed attempts: ${reason}`);
      }
      const limit = retry.limit === -1 ? "inf" : String(retry.limit);
      retry.report(`${retry.what} ${String(failures)}/${limit} failed: retrying`);
      await sleep(backoffMilliseconds(failures), undefined, { signal: retry.signal });
    }
  }
}
