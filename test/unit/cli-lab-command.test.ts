import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { buildCommand, labCommand } from "../../lab/cli/stack/lab-command";
import { createProgram } from "../../lab/cli/program";
import { openSession } from "../../lab/cli/pulumi/session";
import { CommandLine } from "../support/command-line";

const elsewhere = { ownFolder: undefined, environment: {} };

/** What a line names its stack by, with some stacks in the state folder. */
function target(stack: string, stacks: readonly string[]) {
  const cli = new CommandLine();
  stacks.forEach((name) => cli.addStack(name));
  return { stack, qualifiedStack: stack, backend: { ownFolder: cli.state, environment: {} } };
}

describe("a line to paste", () => {
  it.each([
    ["dev", ["dev"], "npm run lab -- destroy"],
    ["dev", [], "npm run lab -- destroy"],
    ["dev", ["dev", "other"], "npm run lab -- destroy --stack dev"],
    ["other", ["dev", "other"], "npm run lab -- destroy --stack other"],
    // Another one may stand when the line is pasted.
    ["other", ["other"], "npm run lab -- destroy --stack other"],
  ])("for stack %s among %j is %s", (stack, stacks, line) => {
    expect(labCommand("destroy", target(stack, stacks))).toBe(line);
  });

  it("names a stack of the user's backend as pulumi knows it", () => {
    expect(labCommand("verify", { stack: "x", qualifiedStack: "team/istio-lab/x", backend: elsewhere })).toBe(
      "npm run lab -- verify --stack team/istio-lab/x",
    );
    expect(labCommand("verify", { stack: "dev", qualifiedStack: "dev", backend: elsewhere })).toBe(
      "npm run lab -- verify",
    );
  });

  it("has the stack before the words of a command, and quotes what a shell would take apart", () => {
    expect(labCommand("exec", target("x", ["x"]), ["k3s-s", "bash", "-c", "a; b"])).toBe(
      "npm run lab -- exec --stack x k3s-s bash -c 'a; b'",
    );
  });

  it.each([
    ["dev", [], "npm run up", "npm run up"],
    ["other", [], "npm run up -- --stack other", "npm run up -- --stack other"],
    ["multicluster", [], "npm run up -- --stack multicluster", "npm run up -- multicluster --stack multicluster"],
  ])("that brings stack %s up among %j is %s, and %s builds it", (stack, stacks, up, build) => {
    expect([labCommand("up", target(stack, stacks)), buildCommand(target(stack, stacks))]).toEqual([up, build]);
  });
});

describe("the sources", () => {
  const verbsWithStack = createProgram()
    .commands.filter(({ options }) => options.some(({ long }) => long === "--stack"))
    .map((command) => command.name());
  const files = (folder: string): readonly string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory()
        ? files(join(folder, entry.name))
        : entry.name.endsWith(".ts")
          ? [join(folder, entry.name)]
          : [],
    );

  it("compose every line for a verb that takes a stack in one place", () => {
    expect(verbsWithStack).toContain("destroy");
    const line = new RegExp(`npm run (lab -- (${verbsWithStack.join("|")})\\b|up\\b)`);
    const elsewhereComposed = [...files("lab"), ...files("infra")].filter(
      (file) =>
        !["lab/cli/stack/lab-command.ts", "lab/cli/options/help.ts", "lab/cli/program.ts"].includes(file) &&
        line.test(readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")),
    );
    expect(elsewhereComposed).toEqual([]);
  });
});

describe("an error", () => {
  it("names the stack in what it says to run", async () => {
    const cli = new CommandLine({ pulumi: "exit 9" });
    cli.addStack("dev");
    cli.addStack("broken", "");
    const { stderr, exitCode } = await cli.run(["inspect", "--stack", "broken"]);
    expect([exitCode, stderr]).toEqual([
      1,
      `stack broken: its state in ${cli.stateFile("broken")} is damaged: it is empty; remove what it built, then build it again: npm run lab -- destroy --stack broken\n`,
    ]);
  });

  it("of a stack that does not stand says how to build that one", async () => {
    const cli = new CommandLine({ pulumi: "echo \"error: no stack named 'x' found\" >&2; exit 1" });
    for (const [words, line] of [
      [["--stack", "multicluster"], "npm run up -- multicluster --stack multicluster"],
      [["--stack", "x"], "npm run up -- --stack x"],
      [[], "npm run up"],
    ] as const) {
      const { stderr, exitCode } = await cli.run(["verify", ...words]);
      const stack = words[1] ?? "dev";
      expect([exitCode, stderr]).toEqual([2, `stack ${stack}: there is no lab here; build one: ${line}\n`]);
    }
  });
});

describe("the default stack", () => {
  it("is the only one there is, or dev", () => {
    const cli = new CommandLine();
    vi.stubEnv("ISTIO_LAB_STATE", cli.state);
    expect(openSession().stack).toBe("dev");
    cli.addStack("other");
    expect(openSession().stack).toBe("other");
    cli.addStack("third");
    expect(openSession().stack).toBe("dev");
  });
});
