import { describe, expect, it } from "vitest";
import { failureLines } from "../../lab/cli/ui/failure-text";

/** As the official command provider 1.2.1 has it: `%w: running %q:\n%s` of the error, the command, and both streams as they came. */
const official = (error: string, command: string, output: string) => `${error}: running ${command}:\n${output}`;
const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);

describe("what is shown of a step that failed", () => {
  it.each([
    ["a local step", official("exit status 1", '"kind-create.sh"', "kind: no image\n"), ["kind: no image"]],
    [
      "a remote step, whose command has quotation marks in it",
      official("Process exited with status 1", '"exec sudo -n bash -pc \'exec \\"$s\\" $0\' vm-join.sh"', "a\r\nb\n"),
      ["a", "b"],
    ],
    [
      "a whole script, as an older lab's state has it",
      official(
        "exit status 1",
        '"#!/usr/bin/env bash\\nset -euo pipefail\\necho \\"running: \\\\\\"x\\\\\\":\\\\n\\""',
        "why\n",
      ),
      ["why"],
    ],
    [
      "a failure in the engine's own sentence",
      `deleting urn:x: 1 error occurred:\n\t* ${official("exit status 1", '"a.sh"', "why\n\n")}`,
      ["why"],
    ],
    ["a script that said nothing", official("exit status 3", '"a.sh"', ""), ["exit status 3, without a word"]],
    ["a script that was killed", official("signal: killed", '"a.sh"', "last word\n"), ["signal: killed", "last word"]],
    [
      "a host that cannot be reached",
      "after 60 failed attempts: dial tcp 127.0.0.1:30022: connect: connection refused\n\n",
      ["after 60 failed attempts: dial tcp 127.0.0.1:30022: connect: connection refused"],
    ],
    ["another provider's error", "the object has no name\n  at spec\n", ["the object has no name", "  at spec"]],
    ["words in colour", official("exit status 1", '"a.sh"', "\u001b[31mred\u001b[0m\n"), ["red"]],
  ])("%s", (_, message, lines) => {
    expect(failureLines(message)).toEqual(lines);
  });

  it("has ten lines at most: the reason first, then the end", () => {
    const output = [...numbered(1, 12), "E: dpkg was interrupted", ...numbered(13, 30)].join("\n");
    expect(failureLines(official("exit status 100", '"a.sh"', output))).toEqual([
      "E: dpkg was interrupted",
      "… (22 lines are left out)",
      ...numbered(23, 30),
    ]);
  });

  it("has the last line first if none looks like a reason, and none twice", () => {
    expect(failureLines(numbered(1, 11).join("\n"))).toEqual([
      "line 11",
      "… (3 lines are left out)",
      ...numbered(4, 10),
    ]);
  });

  it("has all problems that the user can correct, however many", () => {
    const issues = [
      ...numbered(1, 9).map((text) => `istio-lab:vms[${text.slice(5)}].name: is wrong`),
      "aws:region: is a setting of another program",
      "lab/shared/manifests/webapp.yaml:7: not YAML",
      "lab/shared/manifests/catalog.yaml: is missing",
    ];
    expect(failureLines(`${issues.join("\n")}\n`)).toEqual(issues);
  });

  it("has what ended the program first, not where that was", () => {
    const frames = numbered(1, 10).map((text) => `    at ${text.replace(" ", "")} (/checkout/lab/vm/lab.ts:80:3)`);
    const message = [
      "Running program '/checkout/lab/index.ts' failed with an unhandled exception:",
      "Error: ENOENT: no such file or directory, open '/nowhere/x.yaml'",
      ...frames,
      "  code: 'ENOENT',",
      "}",
    ].join("\n");
    expect(failureLines(message)).toEqual([
      "Error: ENOENT: no such file or directory, open '/nowhere/x.yaml'",
      "… (5 lines are left out)",
      ...frames.slice(-6),
      "  code: 'ENOENT',",
      "}",
    ]);
  });

  it("cuts a line that fills the screen", () => {
    expect(failureLines("x".repeat(5000))).toEqual([`${"x".repeat(400)}…`]);
  });
});
