import { wrap } from "../ui/wrap";
import { elapsed, paint, type Style, type Terminal } from "../ui/terminal";
import type { CheckResult } from "./expectation";

/** How an outcome is shown. */
const WORDS: Readonly<Record<CheckResult["outcome"], { readonly word: string; readonly style: Style }>> = {
  pass: { word: "pass", style: "green" },
  fail: { word: "FAIL", style: "red" },
  warning: { word: "warn", style: "yellow" },
  skipped: { word: "skip", style: "dim" },
};

/** Width of the column of names, and least room for what a check shows beside it, in characters. */
const [NAME, LEAST] = [44, 30];

/** A result for people: what it shows, and for what did not pass what was expected, what came, and a line to paste. */
export function describeResult(result: CheckResult, terminal: Terminal): string {
  const { word, style } = WORDS[result.outcome];
  const facts = `${result.name.padEnd(NAME)} ${elapsed(result.seconds).padStart(7)}`;
  const lines = [
    `${paint(word, style, terminal)}  ${facts}${shown(result.shows, word.length + facts.length + 4, terminal)}`,
  ];
  if (result.expected === undefined) {
    return lines.join("\n");
  }
  const { expected, actual = "", command, repair, source } = result;
  const text = (value: string) => wrap(value, terminal.columns - DETAIL.length).join(`\n${DETAIL}`);
  return [
    ...lines,
    `    expected  ${text(expected)}`,
    `    actual    ${text(actual)}`,
    // For pasting: never broken.
    ...(repair === undefined ? [] : [`    repair    ${repair}`]),
    ...(command === undefined ? [] : [`    command   ${command}`]),
    ...(source ? [`    notes     ${source}`] : []),
  ].join("\n");
}

/** Where what is behind `expected` and its like begins. */
const DETAIL = " ".repeat(14);

/** Beside the name if there is room on the terminal, else below it. */
function shown(text: string, used: number, { columns }: Terminal): string {
  if (columns - used >= LEAST) {
    return `  ${wrap(text, columns - used).join(`\n${" ".repeat(used)}`)}`;
  }
  return wrap(text, columns - 6)
    .map((line) => `\n      ${line}`)
    .join("");
}
