import type { ProgressStream } from "../ui/progress";
import { someNames } from "../ui/some-names";
import { elapsed, paint, type Style, type Terminal } from "../ui/terminal";
import type { CheckResult } from "../verify/expectation";

/** How often what is waited for is shown, in milliseconds: redrawn on a terminal, a line of its own elsewhere. */
const EVERY = { live: 100, plain: 10_000 };

/** So many of what is waited for are named: after a restart it is all that runs in the lab's clusters. */
const NAMED = 4;

/** Tells what `heal` does: one line a deed, with the time since the start, and what it waits for. */
export class HealJournal {
  private readonly start: number;
  private isWaitShown = false;

  /** @param now the clock, in milliseconds; another one in tests */
  constructor(
    private readonly stream: ProgressStream,
    private readonly terminal: Terminal,
    private readonly now: () => number = Date.now,
  ) {
    this.start = now();
  }

  /** Prints a line. */
  line(text: string, style?: Style): void {
    this.clear();
    this.stream.write(`${this.clock()}  ${style ? paint(text, style, this.terminal) : text}\n`);
  }

  /** Prints what is not ready, by its names. */
  notReady(names: readonly string[]): void {
    this.line(`not ready yet: ${someNames(names, NAMED)}`);
  }

  /** Prints how a check ended; one that was not run to its end is no news. */
  result({ name, outcome, shows }: CheckResult): void {
    if (outcome !== "skipped") {
      this.line(
        `${name} ${outcome === "pass" ? "holds" : "does not hold"}: ${shows}`,
        outcome === "pass" ? undefined : "yellow",
      );
    }
  }

  /**
   * Shows what is waited for while something runs.
   * @param open names of what is waited for; who waits takes away what has come
   */
  async during<T>(open: ReadonlySet<string>, task: Promise<T>): Promise<T> {
    const since = this.now();
    const timer = setInterval(() => this.waiting(open, since), this.terminal.isLive ? EVERY.live : EVERY.plain);
    try {
      return await task;
    } finally {
      clearInterval(timer);
      this.clear();
    }
  }

  private waiting(open: ReadonlySet<string>, since: number): void {
    if (open.size === 0) {
      return;
    }
    const text = `waiting for ${someNames([...open], NAMED)}  ${elapsed((this.now() - since) / 1000)}`;
    if (!this.terminal.isLive) {
      this.line(text);
      return;
    }
    this.clear();
    const line = `${" ".repeat(8)}  … ${text}`.slice(0, this.terminal.columns - 1);
    this.stream.write(paint(line, "cyan", this.terminal));
    this.isWaitShown = true;
  }

  private clear(): void {
    if (this.isWaitShown) {
      this.stream.write("\r\u001b[K");
      this.isWaitShown = false;
    }
  }

  private clock(): string {
    return paint(`${((this.now() - this.start) / 1000).toFixed(1).padStart(6)} s`, "dim", this.terminal);
  }
}
