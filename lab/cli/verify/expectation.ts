import type { Check, Expectation } from "../../../infra/core/check";
import { describePattern } from "./pattern";

/** What one run of a check's command answered. */
export interface CommandAnswer {
  /** Null if the command was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The deadline passed while it ran. */
  readonly timedOut: boolean;
}

/** How one check ended. */
export interface CheckResult {
  /** The check's name; within a scenario `scenario/check`. */
  readonly name: string;
  readonly outcome: "pass" | "fail" | "warning" | "skipped";
  readonly seconds: number;
  readonly shows: string;
  readonly source: string;
  /** For what did not pass: what was expected, and what came. */
  readonly expected?: string;
  readonly actual?: string;
  /** A line to paste that runs the same command. */
  readonly command?: string;
  /** If the reason is known, e.g. something of the lab is gone: a line to paste that repairs it. */
  readonly repair?: string;
}

/**
 * Compares an answer with what was expected.
 * @returns the expectations that do not hold, in words; empty if all do
 */
export function unmet(expect: Expectation, answer: CommandAnswer): readonly string[] {
  const problems: string[] = [];
  const wanted = expect.exitCode ?? 0;
  const isRightCode = wanted === "any" || (wanted === "not zero" ? answer.exitCode !== 0 : answer.exitCode === wanted);
  if (answer.timedOut || answer.exitCode === null || !isRightCode) {
    problems.push(wanted === "any" ? "an answer before the deadline" : codeWords(wanted));
  }
  // As a shell's $(…) has it: commands end their output with a line break, which says nothing.
  const stdout = answer.stdout.trimEnd();
  // A fresh copy: a global or sticky pattern remembers where its last match ended.
  if (expect.stdout && !new RegExp(expect.stdout).test(stdout)) {
    problems.push(expect.words === undefined ? describePattern(expect.stdout) : `output: ${expect.words}`);
  }
  if (expect.notStdout && new RegExp(expect.notStdout).test(stdout)) {
    problems.push(`no ${describePattern(expect.notStdout)}`);
  }
  return problems;
}

function codeWords(wanted: number | "not zero"): string {
  return wanted === "not zero" ? "an exit code other than 0" : `exit code ${wanted}`;
}

/** What came instead, in a few lines: exit code, then the ends of stdout and stderr. */
export function describeAnswer(answer: CommandAnswer): string {
  const code = answer.timedOut ? "no answer before the deadline" : `exit code ${String(answer.exitCode)}`;
  return [code, tail(answer.stdout), tail(answer.stderr)].filter((part) => part !== "").join("\n");
}

/** How a check that never held counts. */
export function failureOutcome(check: Check): "fail" | "warning" {
  return check.level === "warning" ? "warning" : "fail";
}

/**
 * The verdict over a suite.
 * @returns 0 all pass, 1 something failed or was skipped, 2 nothing was checked, 3 warnings only
 */
export function exitCodeOf(results: readonly CheckResult[]): 0 | 1 | 2 | 3 {
  const has = (outcome: CheckResult["outcome"]) => results.some((result) => result.outcome === outcome);
  if (results.length === 0) {
    return 2;
  }
  if (has("fail") || has("skipped")) {
    return 1;
  }
  return has("warning") ? 3 : 0;
}

/** `5 passed, 1 failed, 1 warning`; kinds that did not occur are left out, save the first two. */
export function summaryOf(results: readonly CheckResult[]): string {
  const number = (outcome: CheckResult["outcome"]) => results.filter((result) => result.outcome === outcome).length;
  const warnings = number("warning");
  const skipped = number("skipped");
  return [
    `${number("pass")} passed`,
    `${number("fail")} failed`,
    ...(warnings > 0 ? [`${warnings} warning${warnings === 1 ? "" : "s"}`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(", ");
}

/** The last lines, so that a long answer does not hide the verdict. */
function tail(text: string, lines = 5, width = 300): string {
  const all = text.trim().split("\n").slice(-lines);
  return all.map((line) => (line.length > width ? `${line.slice(0, width)}…` : line)).join("\n");
}
