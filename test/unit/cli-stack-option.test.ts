import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../lab/cli/program";

describe("the README", () => {
  it("names the verbs that take no --stack", () => {
    const without = createProgram().commands.filter(({ options }) => !options.some(({ long }) => long === "--stack"));
    const [, list = ""] = /\nThe verbs ([^]*?) do not use a stack\./.exec(readFileSync("README.md", "utf8")) ?? [];
    const named = [...list.matchAll(/`(\w+)`/g)].map(([, verb]) => verb);
    expect(named.sort()).toEqual(without.map((verb) => verb.name()).sort());
  });
});
