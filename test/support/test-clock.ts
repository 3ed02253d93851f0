import type { Clock } from "../../infra/core/clock";

/** A clock of a test's own: only pauses pass time, and they take none. */
export class TestClock implements Clock {
  /** How long each pause was, in milliseconds. */
  public readonly pauses: number[] = [];
  private time = 0;

  /**
   * @param stretch how many times longer than it asks for a pause counts, for a deadline after few tries. Default 1
   * @param onPause called in each pause, e.g. to change what is waited for
   */
  public constructor(
    private readonly stretch = 1,
    private readonly onPause: (count: number) => void = () => undefined,
  ) {}

  public now(): number {
    return this.time;
  }

  public async pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.pauses.push(milliseconds);
    this.time += milliseconds * this.stretch;
    this.onPause(this.pauses.length);
    // Everybody else gets a turn, as in a real pause.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
