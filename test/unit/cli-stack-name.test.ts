import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { assertDistinctName, parseStackName, shareDockerName } from "../../lab/cli/stack/stack-name";
import { ACCESS, BENCH, checkpoint, CommandLine, pulumiWith } from "../support/command-line";

describe("the name of a stack", () => {
  it.each([
    ["dev", true, "dev", "dev"],
    ["organization/dev", true, "dev", "dev"],
    ["organization/istio-lab/dev", true, "dev", "dev"],
    ["dev", false, "dev", "dev"],
    ["team/dev", false, "dev", "team/dev"],
    ["team/istio-lab/dev", false, "dev", "team/istio-lab/dev"],
  ])("%s, our own backend: %s, is %s for the lab and %s for pulumi", (given, isOurs, short, qualified) => {
    expect(parseStackName(given, isOurs)).toEqual({ short, qualified });
  });

  const allowed = 'up to 100 letters, digits, "-", "_" and "." are allowed, e.g. dev';
  it.each([
    ["organization/other/dev", true, "given, a stack of the project other; istio-lab has only its own"],
    ["team/other/dev", false, "given, a stack of the project other; istio-lab has only its own"],
    ["team/istio-lab/dev", true, "given; the stacks on this machine have no organization, write dev"],
    ["a/b/c/d", true, `given; ${allowed}`],
    ["../etc", true, `given; ${allowed}`],
    ["", true, `given; ${allowed}`],
    ["dev/", true, `given; ${allowed}`],
    ["-x", true, `given; ${allowed}`],
    ["a b", true, `given; ${allowed}`],
    ["x".repeat(101), true, `given; ${allowed}`],
  ])("%j, our own backend: %s, is refused", (given, isOurs, message) => {
    expect(() => parseStackName(given, isOurs)).toThrow(`--stack: "${given}" ${message}`);
  });
});

describe("two stacks", () => {
  it.each([
    ["a.b", "a-b", true],
    ["a_b", "a-b", true],
    ["A-b", "a-b", true],
    ["a._b", "a-b", true],
    ["a--b", "a-b", false],
    ["a", "a-b", false],
    ["ab", "a-b", false],
  ])("%s and %s share their Docker names: %s", (one, other, expected) => {
    expect(shareDockerName(one, other)).toBe(expected);
  });

  it("are refused if they do, and a stack is no twin of itself", () => {
    expect(() => assertDistinctName("a.b", ["dev", "a-b"])).toThrow(
      '--stack: "a.b" given; Docker would take it for stack "a-b", which is there: choose another name',
    );
    expect(() => assertDistinctName("a-b", ["dev", "a-b"])).not.toThrow();
  });
});

describe("a verb", () => {
  it.each([
    ["up", ["up", "--stack", "a.b"]],
    ["bench", [...BENCH, "vm"]],
  ])(
    "that makes something refuses a name that another stack has for Docker, before anything is made: %s",
    async (verb, words) => {
      const cli = new CommandLine({ pulumi: "exit 9", docker: "exit 9" });
      cli.addStack(verb === "bench" ? "Bench" : "a-b");
      const { exitCode, stdout, stderr } = await cli.run(words);
      const [given, twin] = verb === "bench" ? ["bench", "Bench"] : ["a.b", "a-b"];
      expect([exitCode, stdout, stderr]).toEqual([
        1,
        "",
        `--stack: "${given}" given; Docker would take it for stack "${twin}", which is there: choose another name\n`,
      ]);
      expect([cli.calls(), existsSync(cli.stateFile("a.b"))]).toEqual([[], false]);
    },
  );

  it.each([["organization/istio-lab/x"], ["organization/x"], ["x"]])(
    "reaches stack x by the name %s, and calls it x everywhere",
    async (name) => {
      const cli = new CommandLine({ pulumi: pulumiWith(ACCESS) });
      cli.addStack("x", checkpoint(ACCESS));
      const { exitCode, stdout } = await cli.run(["inspect", "--stack", name, "--json"]);
      expect(exitCode).toBe(0);
      expect((JSON.parse(stdout) as typeof ACCESS).nextSteps).toEqual([
        { command: "npm run lab -- verify --stack x", verb: "verify", words: [], shows: "all of it" },
      ]);
      expect(cli.calls()).toEqual(["pulumi stack output --json --stack x --non-interactive"]);
    },
  );
});
