import { elapsed, paint, table, type Style, type Terminal } from "../terminal";
import type { CheckResult } from "./expectation";

/** How an outcome is shown. */
const WORDS: Readonly<Record<CheckResult["outcome"], { readonly word: string; readonly style: Style }>> = {
  pass: { word: "pass", style: "green" },
  fail: { word: "FAIL", style: "red" },
  warning: { word: "warn", style: "yellow" },
  skipped: { word: "skip", style: "dim" },
};

/** A result for people: one line, and for what did not pass what was expected, what came, and a line to paste. */
export function describeResult(result: CheckResult, terminal: Terminal): string {
  const { word, style } = WORDS[result.outcome];
  const line = `${paint(word, style, terminal)}  ${result.name.padEnd(44)} ${elapsed(result.seconds).padStart(7)}  ${result.shows}`;
  if (result.expected === undefined) {
    return line;
  }
  const indent = (text = "") => text.replaceAll("\n", "\n            ");
  return [
    line,
    table([
      ["  expected", indent(result.expected)],
      ["  actual", indent(result.actual)],
      ["  command", result.command ?? ""],
      ...(result.source ? [["  notes", result.source]] : []),
    ]),
  ].join("\n");
}
