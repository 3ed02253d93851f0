import { StringDecoder } from "node:string_decoder";

/** Which streams of a command show in the engine's log while it runs. */
export interface Shown {
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/**
 * Reads the `logging` input.
 * @param logging `stdout`, `stderr`, `stdoutAndStderr`, `none`; undefined means both
 */
export function shownStreams(logging: string | undefined): Shown {
  const both = logging === undefined || logging === "stdoutAndStderr";
  return { stdout: both || logging === "stdout", stderr: both || logging === "stderr" };
}

/** Collects what a command writes: whole, in the order of arrival for error messages, and line by line for the log. */
export class CapturedOutput {
  private readonly chunks: { readonly stdout: Buffer[]; readonly stderr: Buffer[] } = { stdout: [], stderr: [] };
  private readonly both: Buffer[] = [];
  private readonly lines: { readonly stdout: LineSplitter; readonly stderr: LineSplitter };

  /** @param show called with each whole line of a stream that shows */
  constructor(
    private readonly shown: Shown,
    show: (line: string) => void,
  ) {
    this.lines = { stdout: new LineSplitter(show), stderr: new LineSplitter(show) };
  }

  /** Takes what a stream brought. */
  add(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.chunks[stream].push(chunk);
    this.both.push(chunk);
    if (this.shown[stream]) {
      this.lines[stream].add(chunk);
    }
  }

  /** Shows last lines that have no line end. */
  end(): void {
    this.lines.stdout.end();
    this.lines.stderr.end();
  }

  /** A stream's whole text, without its last line end. */
  text(stream: "stdout" | "stderr"): string {
    const text = Buffer.concat(this.chunks[stream]).toString("utf8");
    return text.endsWith("\n") ? text.slice(0, -1) : text;
  }

  /** Both streams as they came. */
  interleaved(): string {
    return Buffer.concat(this.both).toString("utf8");
  }
}

/** Cuts a stream into lines, however long they are and wherever its chunks end. */
class LineSplitter {
  private readonly decoder = new StringDecoder("utf8");
  private parts: string[] = [];

  constructor(private readonly show: (line: string) => void) {}

  add(chunk: Buffer): void {
    const [first = "", ...rest] = this.decoder.write(chunk).split("\n");
    this.parts.push(first);
    for (const part of rest) {
      this.flush();
      this.parts.push(part);
    }
  }

  end(): void {
    this.parts.push(this.decoder.end());
    if (this.parts.some((part) => part !== "")) {
      this.flush();
    }
  }

  private flush(): void {
    const line = this.parts.join("");
    this.show(line.endsWith("\r") ? line.slice(0, -1) : line);
    this.parts = [];
  }
}
