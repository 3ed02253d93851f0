import { resourceName, STACK_TYPE } from "../pulumi/engine-events";
import { failureLines } from "./failure-text";

/** How the engine ends an update that has failed. */
const ENGINE_VERDICT = /^(?:update|destroy|refresh|preview) failed\s*$/;

/** Shows the errors of an update, each once: the engine repeats them. */
export class FailureLog {
  /** What was said of steps that have not ended yet, by URN. */
  private readonly held = new Map<string, readonly string[]>();
  private readonly shown = new Set<string>();

  /** @param print shows a line */
  constructor(private readonly print: (line: string) => void) {}

  /**
   * Takes an error of the engine or of the program.
   * @param urn what it is about; undefined, or the stack's: the update as a whole
   * @param isRunning the resource's step has not ended: the error waits for `endOf`, so that the name of the step comes first
   */
  add(message: string, urn: string | undefined, isRunning: boolean): void {
    if (urn === undefined || urn.includes(STACK_TYPE)) {
      // How the update as a whole ended is no news for somebody who has just read why.
      if (this.shown.size === 0 || !ENGINE_VERDICT.test(message)) {
        this.show(message, "  ", "");
      }
    } else if (isRunning) {
      this.held.set(urn, [...(this.held.get(urn) ?? []), message]);
    } else {
      this.show(message, `  ${resourceName(urn)}: `, urn);
    }
  }

  /** Shows what was said of a step, below its line. */
  endOf(urn: string): void {
    this.release(urn, "    ");
  }

  /** Shows what was said of steps whose end never came: an engine that is killed tells none. */
  close(): void {
    for (const urn of [...this.held.keys()]) {
      this.release(urn, `  ${resourceName(urn)}: `);
    }
  }

  private release(urn: string, indent: string): void {
    const messages = this.held.get(urn) ?? [];
    this.held.delete(urn);
    messages.forEach((message) => this.show(message, indent, urn));
  }

  private show(message: string, indent: string, urn: string): void {
    const lines = failureLines(message);
    const key = `${urn} ${lines.join("\n")}`;
    if (!this.shown.has(key)) {
      this.shown.add(key);
      lines.forEach((line) => this.print(`${indent}${line}`));
    }
  }
}
