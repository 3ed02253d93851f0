/**
 * How long to wait before the next attempt: 0.1 s, growing by half each time, 5 s at most.
 * Source: the official provider uses Pulumi's `retry.Until` with its defaults.
 * @param failures attempts that have failed so far, from 1
 * @returns milliseconds
 */
export function backoffMilliseconds(failures: number): number {
  return Math.min(100 * 1.5 ** (failures - 1), 5000);
}

/**
 * Whether to give up. The official provider allows one attempt more than the limit says.
 * @param failures attempts that have failed so far, from 1
 * @param limit `dialErrorLimit`; -1 never gives up
 */
export function givesUp(failures: number, limit: number): boolean {
  return limit > -1 && failures > limit;
}
