import type { Environment } from "../../../infra/core/paths";

/** What a stream of the process is good for. */
export interface Terminal {
  /** A person watches: lines may be redrawn. */
  readonly isLive: boolean;
  /** Colour is wanted: a terminal, and no NO_COLOR (https://no-color.org). */
  readonly hasColour: boolean;
  /** Characters in a line; no limit for a file or a pipe, 100 if a terminal does not say. */
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
  // A terminal without a size, as `script` and some CI systems have it, says 0.
  const said = stream.columns === 0 ? undefined : stream.columns;
  const columns = stream.isTTY === true ? (said ?? 100) : Number.POSITIVE_INFINITY;
  return { isLive, hasColour: stream.isTTY === true && !env["NO_COLOR"], columns };
}

/** Marks text if the terminal shows colour. */
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

/** Prints a line, or several, on stdout. */
export function say(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a line for the user on stderr: what a program that reads stdout must not see. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
