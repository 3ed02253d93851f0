import type { EngineLog } from "../rpc/engine-log";

/** The line beside a resource in the engine's display, while an operation on it runs. */
export class StatusLine {
  private shown = "";

  constructor(
    private readonly log: EngineLog,
    private readonly urn: string,
  ) {}

  /** Shows a text in place of the last one; the same text again is not sent. */
  show(text: string): void {
    if (text !== this.shown) {
      this.shown = text;
      this.log.log({ severity: "info", text, urn: this.urn, status: true });
    }
  }

  /** Empties the line where something stands in it. */
  clear(): void {
    this.show("");
  }
}
