import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { asUserError, UserError } from "../../lab/cli/ui/user-error";
import { createProgram } from "../../lab/cli/program";
import { ACCESS, BENCH, CommandLine, pulumiWith } from "../support/command-line";

const escapeRegExp = (text: string) => text.replaceAll(/[|[\]<>.]/g, String.raw`\$&`);

const NOTHING = { pulumi: "echo \"error: no stack named 'dev' found\" >&2; exit 1", docker: "exit 0" };
const STANDS = { pulumi: pulumiWith(ACCESS), docker: "exit 0" };
const BROKEN = { pulumi: "echo 'error: kaputt' >&2; exit 255", docker: "echo 'no daemon' >&2; exit 1" };
const noSource = { ISTIO_LAB_SOURCE: "bogus" };
const registry = { ISTIO_LAB_SOURCE: "registry" };

/** Calls of every verb with --json that come to an end at once: words, programs, environment, whether something is printed. */
const CALLS = [
  [["setup"], NOTHING, noSource, false],
  [["doctor"], NOTHING, registry, true],
  [["doctor"], NOTHING, noSource, false],
  [["up", "nope"], NOTHING, {}, false],
  [["up"], NOTHING, noSource, false],
  [["list"], NOTHING, {}, true],
  [["inspect"], NOTHING, {}, false],
  [["inspect"], STANDS, {}, true],
  [["inspect"], BROKEN, {}, false],
  [["verify"], NOTHING, {}, false],
  [["verify", "--only", "nosuch"], STANDS, {}, false],
  [["heal"], NOTHING, {}, false],
  [["trace", "a", "b"], NOTHING, {}, false],
  [["trace", "a", "b"], STANDS, {}, false],
  [["stop"], NOTHING, {}, false],
  [["stop"], STANDS, {}, false],
  [["start"], NOTHING, {}, false],
  [["start"], STANDS, {}, false],
  [["destroy", "--nope"], NOTHING, {}, false],
  [["destroy"], BROKEN, {}, false],
  [[...BENCH, "nope"], NOTHING, {}, false],
] as const;

describe("--json", () => {
  it.each(CALLS)("of %j prints one document or nothing", async (words, programs, env, prints) => {
    const cli = new CommandLine(programs);
    if (programs === STANDS) {
      cli.addStack("dev");
    }
    const { exitCode, stdout, stderr } = await cli.run([...words, "--json"], env);
    if (prints) {
      expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    } else {
      expect([stdout, exitCode === 0]).toEqual(["", false]);
      expect(stderr).not.toBe("");
    }
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it("of every verb that has it is among them", () => {
    const verbs = createProgram()
      .commands.filter(({ options }) => options.some(({ long }) => long === "--json"))
      .map((command) => command.name());
    const called = new Set<string>(CALLS.map(([[verb]]) => verb));
    expect(verbs.filter((verb) => !called.has(verb))).toEqual([]);
  });

  it("of list is one document, also with a stack whose state is damaged and an engine that does not answer", async () => {
    const cli = new CommandLine(BROKEN);
    cli.addStack("broken", "{");
    cli.addStack("dev");
    const { stdout } = await cli.run(["list", "--json"]);
    expect((JSON.parse(stdout) as readonly { state: string }[]).map(({ state }) => state)).toEqual([
      "damaged",
      "unknown",
    ]);
  });
});

describe("an error that nobody has foreseen", () => {
  /** A state folder whose stacks are a file: nothing looks for that. */
  function odd(): CommandLine {
    const cli = new CommandLine({ pulumi: "exit 9" });
    mkdirSync(join(cli.state, ".pulumi", "stacks"), { recursive: true });
    writeFileSync(join(cli.state, ".pulumi", "stacks", "istio-lab"), "");
    return cli;
  }

  it("is two lines on stderr: what happened and how to see more", async () => {
    const { exitCode, stdout, stderr } = await odd().run(["list", "--json"]);
    expect([exitCode, stdout, stderr.split("\n")]).toEqual([
      70,
      "",
      [
        expect.stringMatching(/^unexpected error: ENOTDIR: not a directory, scandir '.*istio-lab'$/) as string,
        "to see where it comes from, run the same with ISTIO_LAB_DEBUG=1 in front",
        "",
      ],
    ]);
  });

  it("shows where it comes from on demand", async () => {
    const { exitCode, stderr } = await odd().run(["list", "--json"], { ISTIO_LAB_DEBUG: "1" });
    expect(exitCode).toBe(70);
    expect(stderr).toMatch(/ENOTDIR[^]*\n +at .*backend\.ts/);
  });

  it.each([
    ["ours", new UserError("x", 2), 2],
    ["written for the user, from infra/", new Error("x"), 1],
    ["Node's", Object.assign(new Error("x"), { code: "ENOENT" }), undefined],
    ["a fault of the program", new TypeError("x"), undefined],
    ["no error", "x", undefined],
  ])("is told from one of the user's world: %s", (_title, error, exitCode) => {
    expect(asUserError(error)?.exitCode).toBe(exitCode);
  });
});

describe("an option that is given twice", () => {
  const stacks = createProgram()
    .commands.filter(({ options }) => options.some(({ long }) => long === "--stack"))
    .map((verb) => verb.name());
  const operands: Readonly<Record<string, readonly string[]>> = { trace: ["a", "b"], exec: ["k3s-s", "true"] };
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ...stacks.map((verb) => ["--stack", [verb, "--stack", "one", "-s", "two", ...(operands[verb] ?? [])]] as const),
    ["--stack", ["exec", "--stack", "one", "k3s-s", "-s", "two", "true"]],
    ["--stack", ["exec", "k3s-s", "--stack=one", "-s", "two", "true"]],
    ["--only", ["verify", "--only=one", "--only", "two"]],
    ["--host", ["trace", "a", "b", "--host", "one", "--host", "two"]],
    ["--rounds", [...BENCH, "vm", "--rounds", "one", "--rounds", "two"]],
  ];
  it.each(rows)("%s is refused: %j", async (name, words) => {
    const cli = new CommandLine({ pulumi: "exit 9", docker: "exit 9" });
    const { exitCode, stdout, stderr } = await cli.run(words);
    expect([exitCode, stdout, stderr]).toEqual([2, "", `${name}: given twice, "one" and "two"; give it once\n`]);
    expect(cli.calls()).toEqual([]);
  });

  it("is the command's own behind exec's first word, and -c may be repeated", async () => {
    const cli = new CommandLine(NOTHING);
    const run = await cli.run(["exec", "-s", "one", "k3s-s", "true", "-s", "two", "-s", "three"]);
    expect(run.stderr).toMatch(/^stack one: there is no lab here/);
    const up = await cli.run(["up", "-c", "portBase=31000", "-c", "lab=vm"]);
    expect(up.stderr).toMatch(/^ISTIO_LAB_SOURCE: /);
  });
});

describe("--help", () => {
  it("has every exit code, and what npm needs, in 80 columns", async () => {
    const { exitCode, stdout, stderr } = await new CommandLine().run(["--help"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const codes = [...stdout.matchAll(/^ {2}(\d+) {2,}/gm)].map((match) => match[1]);
    expect(codes).toEqual(["0", "1", "2", "3", "70", "130"]);
    expect(stdout).toContain("npm run -s lab -- list --json");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    // Each of these exits with 2.
    for (const reason of ["half-built", "at work on the stack", "no terminal to ask on", "which stack is meant"]) {
      expect(stdout.replaceAll(/\s+/g, " ")).toContain(reason);
    }
  });

  it("has each verb with the same arguments as the verb's own help, and no default that means nothing", () => {
    const program = createProgram();
    const all = program.helpInformation();
    for (const verb of program.commands) {
      const [, own = ""] =
        new RegExp(`^Usage: \\S+ ${verb.name()} \\[options\\] ?(.*)`).exec(verb.helpInformation()) ?? [];
      expect(all).toMatch(new RegExp(`^  ${escapeRegExp(`${verb.name()} ${own}`.trim())}  `, "m"));
      expect(verb.helpInformation()).not.toContain("(default:");
    }
  });
});

describe("a stdout that cannot be written", () => {
  const calls = [
    [["--help"]],
    [["up", "--help"]],
    [["list"]],
    [["list", "--json"]],
    [["doctor", "--json"]],
    [["env"]],
    [["completion", "bash"]],
    [["inspect"]],
  ];
  it.each(calls)("of %j is named in one line", (words) => {
    const cli = new CommandLine(STANDS);
    cli.addStack("dev");
    const { exitCode, stderr } = runInto("/dev/full", cli, words, registry);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/(^|\n)stdout: no space left on device\n$/)]);
    expect(stderr).not.toContain("unexpected");
  });

  it("keeps the exit code of a failure", () => {
    const { exitCode, stderr } = runInto("/dev/full", new CommandLine(NOTHING), ["inspect"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^stack dev: there is no lab here.*\n$/)]);
  });

  it("is nobody's loss if the reader has gone", () => {
    const { exitCode, stderr } = runInto(">(exec 0<&-; true)", new CommandLine(NOTHING), ["--help"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
  });

  /** Runs the command line with its stdout sent where bash has it. */
  function runInto(target: string, cli: CommandLine, words: readonly string[], more = {}) {
    const line = `"$0" "$@" > ${target}`;
    const args = ["-c", line, process.execPath, resolve("lab/cli/bootstrap.mjs"), ...words];
    const { status, stderr } = spawnSync("bash", args, { env: { ...cli.environment, ...more }, encoding: "utf8" });
    return { exitCode: status, stderr };
  }
});

describe("a state folder", () => {
  it.each([
    ["is a file", ""],
    ["lies below a file", "/below"],
  ])("that %s is named by list", async (_title, below) => {
    const cli = new CommandLine(NOTHING);
    const file = join(cli.folder, "file");
    writeFileSync(file, "");
    const { exitCode, stdout, stderr } = await cli.run(["list"], { ISTIO_LAB_STATE: `${file}${below}` });
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      `${file}${below}: cannot be used as the state folder: not a directory; name another one in ISTIO_LAB_STATE\n`,
    ]);
  });

  it("is not made by what only looks", async () => {
    const cli = new CommandLine(NOTHING);
    await cli.run(["list"]);
    await cli.run(["completion", "bash", "--", "ssh", ""]);
    expect(existsSync(cli.state)).toBe(false);
  });
});
