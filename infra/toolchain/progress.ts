/** Where progress is shown: stderr, or a test's recorder. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

interface Active {
  readonly title: string;
  readonly since: number;
  note: string;
}

/** How a step ended. */
export type StepOutcome = "done" | "failed" | "stopped";

/** Seconds between signs of life if lines cannot be redrawn. */
const heartbeatSeconds = 30;

/** Shows what a set-up does: redrawn in place on a terminal, else one line at start and end of each step and now and then between. */
export class Progress {
  private readonly active = new Map<string, Active>();
  private timer: NodeJS.Timeout | undefined;
  private drawn = 0;
  private lastSign = Date.now();
  private finished = 0;
  private total = 0;

  /** @param output where to write */
  public constructor(private readonly output: ProgressOutput) {}

  /** Says how many steps have to run. */
  public expect(total: number): void {
    this.total = total;
  }

  /** Prints a line that stays. */
  public say(text: string): void {
    this.erase();
    this.output.write(`${text}\n`);
    this.draw();
  }

  /** A step starts. */
  public start(name: string, title: string): void {
    this.active.set(name, { title, since: Date.now(), note: "" });
    if (!this.output.isTTY) this.output.write(`  ...   ${title}\n`);
    this.timer ??= setInterval(() => this.tick(), this.output.isTTY ? 200 : 1_000).unref();
    this.tick();
  }

  /** A step has something to say. */
  public note(name: string, text: string): void {
    const step = this.active.get(name);
    if (step) step.note = text;
  }

  /** A step ends. */
  public end(name: string, outcome: StepOutcome): void {
    const step = this.active.get(name);
    if (!step) return;
    this.active.delete(name);
    if (outcome === "done") this.finished += 1;
    const mark = outcome === "done" ? "ok" : outcome;
    this.say(
      `  ${mark.padEnd(7)} ${step.title}  ${seconds(step.since)}  [${String(this.finished)}/${String(this.total)}]`,
    );
    if (this.active.size === 0) this.close();
  }

  /** Stops redrawing. */
  public close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.erase();
  }

  private tick(): void {
    if (this.output.isTTY) {
      this.erase();
      this.draw();
    } else if (Date.now() - this.lastSign >= heartbeatSeconds * 1_000) {
      this.lastSign = Date.now();
      for (const step of this.active.values()) this.output.write(`  still   ${line(step)}\n`);
    }
  }

  private draw(): void {
    if (!this.output.isTTY) return;
    const width = (this.output.columns ?? 80) - 1;
    for (const step of this.active.values()) this.output.write(`  ...     ${line(step)}`.slice(0, width) + "\n");
    this.drawn = this.active.size;
  }

  private erase(): void {
    if (this.drawn > 0) this.output.write(`\u001b[${String(this.drawn)}A\u001b[J`);
    this.drawn = 0;
  }
}

function line(step: Active): string {
  return `${step.title}  ${seconds(step.since)}${step.note === "" ? "" : `  ${step.note}`}`;
}

/** Time since a moment, e.g. `7.2 s` or `3 min 20 s`. */
function seconds(since: number): string {
  const elapsed = (Date.now() - since) / 1_000;
  if (elapsed < 60) return `${elapsed.toFixed(1)} s`;
  return `${String(Math.floor(elapsed / 60))} min ${String(Math.floor(elapsed % 60))} s`;
}
