import type { CheckSuite } from "../../../infra/core/check";
import type { LabOutputs } from "../../outputs";
import type { LabEntry } from "../../registry";
import { readOutputs } from "../access";
import { openSession } from "../session";
import { elapsed, paint, say, table, terminalOf, type Style } from "../terminal";
import { UserError } from "../user-error";
import { workstationOf } from "../verify/command-runner";
import { exitCodeOf, summaryOf, type CheckResult } from "../verify/expectation";
import { runSuite, selectChecks } from "../verify/suite-runner";

/** Options of `verify`. */
export interface VerifyOptions {
  readonly stack?: string;
  readonly json?: boolean;
  readonly only?: string;
}

/** How an outcome is shown. */
const WORDS: Readonly<Record<CheckResult["outcome"], { readonly word: string; readonly style: Style }>> = {
  pass: { word: "pass", style: "green" },
  fail: { word: "FAIL", style: "red" },
  warning: { word: "warn", style: "yellow" },
  skipped: { word: "skip", style: "dim" },
};

/** `verify`: runs the lab's checks; exit 0 pass, 1 fail, 2 nothing to check, 3 warnings only. */
export async function verify(options: VerifyOptions): Promise<void> {
  const started = Date.now();
  const session = openSession(options.stack);
  const outputs = await readOutputs(session);
  const { labs } = await import("../../registry");
  const suite = selectChecks(checksOf(labs, outputs), options.only);
  if (suite.observations.length + suite.scenarios.length === 0) {
    throw new UserError(options.only ? `--only: no check "${options.only}"` : "this lab has no checks", 2);
  }
  const abort = new AbortController();
  const stop = () => {
    // The second Ctrl-C waits for the same: a scenario puts back what it has changed.
    abort.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const onResult = (result: CheckResult) => {
    if (!options.json) {
      say(describe(result));
    }
  };
  const results = await runSuite(suite, workstationOf(outputs, session.env), { signal: abort.signal, onResult });
  process.off("SIGINT", stop).off("SIGTERM", stop);
  const seconds = (Date.now() - started) / 1000;
  const exitCode = abort.signal.aborted ? 130 : exitCodeOf(results);
  if (options.json) {
    say(JSON.stringify({ stack: session.stack, lab: outputs.lab, seconds, exitCode, results }, undefined, 2));
  } else {
    say(`\n${summaryOf(results)} in ${elapsed(seconds)}`);
  }
  process.exitCode = exitCode;
}

/** By name, which the outputs of an older checkout may not share with the registry. */
function checksOf(labs: Readonly<Record<string, LabEntry>>, outputs: LabOutputs): CheckSuite {
  const entry = labs[outputs.lab];
  if (entry === undefined) {
    throw new UserError(`lab "${outputs.lab}" stands here; this checkout knows ${Object.keys(labs).join(", ")}`, 2);
  }
  return entry.checks(outputs);
}

function describe(result: CheckResult): string {
  const terminal = terminalOf(process.stdout);
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
