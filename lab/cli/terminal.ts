import type { Environment } from "../../infra/core/paths";

/** What a stream of the process is good for. */
export interface Terminal {
  /** A person watches: lines may be redrawn. */
  readonly isLive: boolean;
  /** Colour is wanted: a terminal, and no NO_COLOR (https://no-color.org). */
  readonly hasColour: boolean;
  /** Characters in a line; 100 where unknown. */
  readonly columns: number;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** A way to mark text. */
export type Style = keyof typeof CODES;

/** Tells what a stream can show. */
export function terminalOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Environment = process.env,
): Terminal {
  const isLive = stream.isTTY === true && env["TERM"] !== "dumb" && env["CI"] !== "true";
  return { isLive, hasColour: stream.isTTY === true && !env["NO_COLOR"], columns: stream.columns ?? 100 };
}

/** Marks text where the terminal shows colour. */
export function paint(text: string, style: Style, terminal: Terminal): string {
  return terminal.hasColour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/**
 * Seconds for people.
 * @returns `0.4 s`, `12.3 s` or `3 min 07 s`
 */
export function elapsed(seconds: number): string {
  if (seconds < 100) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/**
 * Columns of text, each as wide as its widest cell; the last one is left as it is.
 * @param header names of the columns, in capitals; omit it for a list without one
 */
export function table(rows: readonly (readonly string[])[], header?: readonly string[]): string {
  const all = header ? [header, ...rows] : rows;
  const widths: number[] = [];
  for (const row of all) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  }
  return all
    .map((row) => row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))))
    .map((row) => `  ${row.join("  ")}`.trimEnd())
    .join("\n");
}

/** Prints a line, or several, on stdout. */
export function say(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a line for the user on stderr: what a program that reads stdout must not see. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
