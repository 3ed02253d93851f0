import { describe, expect, it } from "vitest";
import type { Expectation } from "../../infra/core/check";
import {
  describeAnswer,
  exitCodeOf,
  summaryOf,
  unmet,
  type CheckResult,
  type CommandAnswer,
} from "../../lab/cli/verify/expectation";

const answer = (fields: Partial<CommandAnswer> = {}): CommandAnswer => ({
  exitCode: 0,
  stdout: "",
  stderr: "",
  timedOut: false,
  ...fields,
});

const result = (outcome: CheckResult["outcome"]): CheckResult => ({
  name: "a",
  outcome,
  seconds: 1,
  shows: "",
  source: "",
});

describe("an expectation", () => {
  it.each<[string, Expectation, Partial<CommandAnswer>, readonly string[]]>([
    ["wants exit code 0 by default", {}, { exitCode: 0 }, []],
    ["names the code it wants", {}, { exitCode: 7 }, ["exit code 0"]],
    ["takes another code if it says so", { exitCode: 22 }, { exitCode: 22 }, []],
    ["refuses 0 if it wants another code", { exitCode: 22 }, { exitCode: 0 }, ["exit code 22"]],
    ["takes any failure for `not zero`", { exitCode: "not zero" }, { exitCode: 56 }, []],
    ["refuses success for `not zero`", { exitCode: "not zero" }, { exitCode: 0 }, ["an exit code other than 0"]],
    ["takes every code for `any`", { exitCode: "any" }, { exitCode: 99 }, []],
    ["never takes a killed command", { exitCode: "any" }, { exitCode: null }, ["an answer before the deadline"]],
    [
      "never takes a kill for the failure it wants",
      { exitCode: "not zero" },
      { exitCode: null, timedOut: true },
      ["an exit code other than 0"],
    ],
    ["holds if stdout matches", { stdout: /^200$/m }, { stdout: "x\n200\n" }, []],
    ["says what stdout should match", { stdout: /^200$/ }, { stdout: "503" }, ['output "200"']],
    [
      "says it without the signs of the pattern",
      { stdout: /^a\.b=1\nc\/d$/ },
      {},
      ['output with the lines "a.b=1", "c/d"'],
    ],
    [
      "says what a part of stdout should be",
      { stdout: /webapp\.istioinaction/ },
      {},
      ['output with "webapp.istioinaction"'],
    ],
    ["says what one of many lines should be", { stdout: /^200$/m }, {}, ['output with "200"']],
    ["says it in its own words", { stdout: /^\d+$/, words: "a number" }, { stdout: "x" }, ["output: a number"]],
    ["has only the pattern if there are no words", { stdout: /^\d+$/ }, {}, ["output that matches /^\\d+$/"]],
    ["says what stdout must not match", { notStdout: /UH/ }, { stdout: "503 UH" }, ['no output with "UH"']],
    [
      "lists all that does not hold",
      { stdout: /a/, notStdout: /b/ },
      { exitCode: 1, stdout: "b" },
      ["exit code 0", 'output with "a"', 'no output with "b"'],
    ],
  ])("%s", (_title, expectation, fields, problems) => {
    expect(unmet(expectation, answer(fields))).toEqual(problems);
  });

  it("gives the same verdict twice for a global pattern, which remembers where it stopped", () => {
    const expectation = { stdout: /200/g };
    expect([1, 2].map(() => unmet(expectation, answer({ stdout: "200" })))).toEqual([[], []]);
  });
});

describe("an answer", () => {
  it.each<[string, Partial<CommandAnswer>, string]>([
    ["is told by code, stdout and stderr", { exitCode: 1, stdout: "out\n", stderr: "err\n" }, "exit code 1\nout\nerr"],
    ["that never came is told as such", { exitCode: null, timedOut: true }, "no answer before the deadline"],
    ["that is long is told by its end", { stdout: "1\n2\n3\n4\n5\n6\n7\n" }, "exit code 0\n3\n4\n5\n6\n7"],
    ["with an endless line is cut", { stdout: "x".repeat(400) }, `exit code 0\n${"x".repeat(300)}…`],
  ])("%s", (_title, fields, text) => {
    expect(describeAnswer(answer(fields))).toBe(text);
  });
});

describe("the exit code of verify", () => {
  it.each<[number, readonly CheckResult["outcome"][]]>([
    [2, []],
    [0, ["pass", "pass"]],
    [3, ["pass", "warning"]],
    [1, ["pass", "fail"]],
    [1, ["warning", "fail"]],
    [1, ["pass", "skipped"]],
  ])("is %i for %j", (code, outcomes) => {
    expect(exitCodeOf(outcomes.map(result))).toBe(code);
  });
});

describe("the summary of verify", () => {
  it.each<[string, readonly CheckResult["outcome"][]]>([
    ["0 passed, 0 failed", []],
    ["2 passed, 0 failed", ["pass", "pass"]],
    ["1 passed, 1 failed, 1 warning, 1 skipped", ["pass", "fail", "warning", "skipped"]],
    ["0 passed, 0 failed, 2 warnings", ["warning", "warning"]],
  ])("is `%s` for %j", (text, outcomes) => {
    expect(summaryOf(outcomes.map(result))).toBe(text);
  });
});
