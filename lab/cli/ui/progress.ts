import {
  resourceName,
  STACK_TYPE,
  type DiagnosticEvent,
  type EngineEvent,
  type StepMetadata,
} from "../pulumi/engine-events";
import { FailureLog } from "./failure-log";
import { elapsed, paint, type Style, type Terminal } from "./terminal";

/** Where progress goes: stderr, or a test's list. */
export interface ProgressStream {
  write(text: string): unknown;
}

/** Marks of operations that change something, as Pulumi's own display has them. */
const MARKS: Readonly<Record<string, { readonly mark: string; readonly style: Style }>> = {
  create: { mark: "+", style: "green" },
  "create-replacement": { mark: "+", style: "green" },
  update: { mark: "~", style: "yellow" },
  delete: { mark: "-", style: "red" },
  "delete-replaced": { mark: "-", style: "red" },
};

interface Running {
  readonly step: StepMetadata;
  readonly since: number;
}

/** Shows an update: one line a finished step, and on a terminal below them the steps that run now. */
export class UpdateProgress {
  private readonly running = new Map<string, Running>();
  private readonly warnings = new Set<string>();
  private readonly failures = new FailureLog((line) => this.print(paint(line, "red", this.terminal)));
  private readonly start: number;
  private shownLines = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param now the clock, in milliseconds; another one in tests
   */
  constructor(
    private readonly stream: ProgressStream,
    private readonly terminal: Terminal,
    private readonly now: () => number = Date.now,
  ) {
    this.start = now();
    if (terminal.isLive) {
      this.timer = setInterval(() => this.redraw(), 100);
    }
  }

  /** Takes the engine's next event. */
  handle(event: EngineEvent): void {
    const started = event.resourcePreEvent?.metadata;
    const ended = event.resOutputsEvent?.metadata;
    const failed = event.resOpFailedEvent?.metadata;
    if (started && isStep(started)) {
      this.running.set(key(started), { step: started, since: this.now() });
    }
    if (ended && isStep(ended)) {
      this.finish(ended, "");
    }
    if (failed && isStep(failed)) {
      this.finish(failed, "failed");
    }
    const diagnostic = event.diagnosticEvent;
    if (diagnostic && !diagnostic.ephemeral) {
      this.diagnose(diagnostic);
    }
  }

  /** Takes the live lines away; nothing is shown afterwards. */
  stop(): void {
    this.failures.close();
    clearInterval(this.timer);
    this.clear();
  }

  private diagnose({ severity, message, urn }: DiagnosticEvent): void {
    if (severity === "error") {
      const isRunning = [...this.running.values()].some(({ step }) => step.urn === urn);
      this.failures.add(message, urn, isRunning);
    } else if (severity === "info#err" || (severity === "warning" && !this.warnings.has(message))) {
      // One cluster that is gone is the same warning for each of its objects.
      this.warnings.add(message);
      const prefix = urn && !urn.includes(STACK_TYPE) ? `${resourceName(urn)}: ` : "";
      for (const line of message.split("\n").filter((text) => text.trim() !== "")) {
        this.print(paint(`  ${prefix}${line.trimEnd()}`, severity === "warning" ? "yellow" : "dim", this.terminal));
      }
    }
  }

  private finish(step: StepMetadata, word: string): void {
    const since = this.running.get(key(step))?.since ?? this.now();
    this.running.delete(key(step));
    const { mark, style } = word ? ({ mark: "!", style: "red" } as const) : (MARKS[step.op] ?? NONE);
    const seconds = elapsed((this.now() - since) / 1000);
    this.print(
      `${this.clock()}  ${paint(mark, style, this.terminal)} ${resourceName(step.urn)}  ${seconds}${word && `  ${word}`}`,
    );
    this.failures.endOf(step.urn);
  }

  private clock(): string {
    return paint(`${((this.now() - this.start) / 1000).toFixed(1).padStart(6)} s`, "dim", this.terminal);
  }

  private print(line: string): void {
    this.clear();
    this.stream.write(`${line}\n`);
    this.redraw();
  }

  private clear(): void {
    if (this.shownLines > 0) {
      this.stream.write(`\u001b[${this.shownLines}A\u001b[J`);
      this.shownLines = 0;
    }
  }

  private redraw(): void {
    if (!this.terminal.isLive) {
      return;
    }
    this.clear();
    const lines = [...this.running.values()].map(({ step, since }) => {
      const text = `${NO_CLOCK}  … ${resourceName(step.urn)}  ${elapsed((this.now() - since) / 1000)}`;
      return paint(text.slice(0, this.terminal.columns - 1), "cyan", this.terminal);
    });
    if (lines.length > 0) {
      this.stream.write(`${lines.join("\n")}\n`);
      this.shownLines = lines.length;
    }
  }
}

const NO_CLOCK = " ".repeat(8);
const NONE = { mark: " ", style: "dim" } as const;

/** Steps that take time and change something; components only group, and what stays the same is no news. */
function isStep(step: StepMetadata): boolean {
  const state = step.new ?? step.old;
  return step.op in MARKS && step.type !== STACK_TYPE && state?.custom === true;
}

function key(step: StepMetadata): string {
  return `${step.op} ${step.urn}`;
}
