import { CancelledError } from "./api-error";
import { pause } from "./watch";

// 31 s in all, as the official provider's 1, 2, 4, 8 and 16 s; finer, because a definition or a webhook is there within a
// second as a rule.
const pausesMilliseconds = [250, 500, 750, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 7000];

/** What a retried operation needs. */
export interface RetryOptions {
  /** Whether a failure may pass by itself. */
  readonly passes: (error: unknown) => boolean;
  readonly signal: AbortSignal;
  /** Called before each pause. */
  readonly onRetry: (attempt: number, error: Error) => void;
  /** Milliseconds before each further attempt. Default: 31 s in 11 steps. */
  readonly pauses?: readonly number[];
}

/**
 * Tries an operation until it succeeds, as long as it fails for a reason that passes, e.g. a kind that is not served yet
 * or a webhook that does not answer yet.
 * @throws the last failure
 */
export async function retryTransient<T>(operation: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (const [index, milliseconds] of (options.pauses ?? pausesMilliseconds).entries()) {
    try {
      return await operation();
    } catch (error) {
      if (!options.passes(error) || !(error instanceof Error)) {
        throw error;
      }
      options.onRetry(index + 1, error);
      await pause(milliseconds, options.signal);
      if (options.signal.aborted) {
        throw new CancelledError();
      }
    }
  }
  return operation();
}
