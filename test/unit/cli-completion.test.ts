import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { joinAssignments } from "../../lab/cli/completion/bash-words";
import { candidates } from "../../lab/cli/completion/candidates";
import { completionScript } from "../../lab/cli/completion/scripts";
import { createProgram } from "../../lab/cli/program";
import { shellQuote } from "../../infra/core/shell";
import { CommandLine } from "../support/command-line";

const program = createProgram();
const words = async (...typed: string[]) => (await candidates(program, typed)).map(({ word }) => word);
const optionsOf = (verb: string) =>
  program.commands.find((command) => command.name() === verb)!.options.map(({ long }) => long);

/** A state folder with two stacks, one of them damaged. */
function lab(): CommandLine {
  const cli = new CommandLine({ pulumi: "exit 9", docker: "exit 9" });
  cli.addStack("dev");
  cli.addStack("demo", "");
  return cli;
}

describe("the words that may come next", () => {
  it("are the verbs, then the options of the verb, as the program has them", async () => {
    expect(await words("")).toEqual(program.commands.map((command) => command.name()));
    expect(await words("st")).toEqual(["stop", "start"]);
    expect(await words("up", "--")).toEqual(optionsOf("up"));
    expect(await words("verify", "--o")).toEqual(["--only"]);
    expect(await words("nosuch", "")).toEqual([]);
  });

  it.each([
    [
      ["up", ""],
      ["vm", "multicluster", "traffic-flow"],
    ],
    [["up", "--stack", "x", "m"], ["multicluster"]],
    [["up", "vm", ""], []],
    [
      ["completion", ""],
      ["bash", "zsh"],
    ],
    [["up", "-c", "networkC"], ["networkCidr="]],
    [["up", "--config=portB"], ["--config=portBase="]],
    [["up", "-c", "localityF"], ["localityFailover="]],
    [["trace", "a", "b", "--html", ""], []],
    [["setup", "--lab", "m"], ["multicluster"]],
    [["doctor", "--versions=c"], ["--versions=current"]],
  ])("of %j are %j", async (typed, expected) => {
    expect(await words(...typed)).toEqual(expected);
  });

  it.each([
    [["exec", "k3s-s", "kubectl", "--"], []],
    [["exec", "k3s-s", "--", "--"], []],
    [["exec", "k3s-s", "--st"], ["--stack"]],
    [["exec", "k3s-s", "kub"], []],
  ])("of %j are %j: behind the place, a command has words of its own", async (typed, expected) => {
    expect(await words(...typed)).toEqual(expected);
  });
});

describe("the meaning of a setting", () => {
  const meaningOf = async (key: string) => (await candidates(program, ["up", "-c", key])).map(({ meaning }) => meaning);

  it("is said once if it is the same in every lab that has it", async () => {
    expect(await meaningOf("podCidr=")).toEqual(["Addresses of pods, /8 to /24"]);
    expect(await meaningOf("portBase=")).toEqual([expect.stringMatching(/^First port on loopback/)]);
  });

  it("is that of each platform if these differ", async () => {
    const each = "VMs that join the mesh, each with name and, optionally,";
    expect(await meaningOf("vms=")).toEqual([
      `vm: ${each} address, sshPort, agentFlags, secretTtl; vm on aws: ${each} instanceType, address, agentFlags, secretTtl`,
    ]);
  });
});

describe("bash's words", () => {
  it.each([
    [["destroy", "--stack", "=", "de"], ["destroy", "--stack=de"], "--stack="],
    [["destroy", "--stack", "="], ["destroy", "--stack="], "--stack="],
    [["destroy", "--stack=de"], ["destroy", "--stack=de"], ""],
    [["up", "-c", "portBase", "=", "1", "v"], ["up", "-c", "portBase=1", "v"], ""],
    [["up", ""], ["up", ""], ""],
  ])("%j are %j, of which bash keeps %j", (typed, joined, hidden) => {
    expect(joinAssignments(typed)).toEqual({ joined, hidden });
  });
});

/** What a shell itself would offer for a line, through the script that `completion` prints. */
async function bashOffers(line: readonly string[]): Promise<readonly string[]> {
  const cli = lab();
  const { stdout: script } = await cli.run(["completion", "bash"]);
  const test = [
    "set -euo pipefail",
    script,
    `COMP_WORDS=(lab ${line.map(shellQuote).join(" ")}); COMP_CWORD=${String(line.length)}`,
    `function=$(complete -p lab | sed 's/.*-F \\([^ ]*\\).*/\\1/')`,
    `"$function"; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ].join("\n");
  const run = spawnSync("bash", ["--norc", "-c", test], { cwd: "/", env: cli.environment, encoding: "utf8" });
  expect([run.status, run.stderr]).toEqual([0, ""]);
  expect(cli.calls()).toEqual([]);
  return run.stdout.trimEnd().split("\n");
}

describe("in bash", () => {
  it.each([
    [["des"], ["destroy"]],
    [
      ["destroy", "--stack", ""],
      ["demo", "dev"],
    ],
    [
      ["destroy", "--stack", "=", "de"],
      ["demo", "dev"],
    ],
    [
      ["destroy", "--stack="],
      ["--stack=demo", "--stack=dev"],
    ],
    [["ssh", "--stack", "dev", ""], ["forum-vm"]],
    [
      ["exec", ""],
      ["k3s-s", "forum-vm"],
    ],
    [["exec", "--stack=demo", ""], [""]],
    [
      ["trace", ""],
      ["webapp", "catalog", "k3s-s", "forum-vm"],
    ],
    [
      ["trace", "--stack", "dev", "webapp", ""],
      ["webapp", "catalog", "forum"],
    ],
    // In ACCESS it is outside the mesh.
    [["trace", "forum-vm", ""], [""]],
    [["trace", "webapp", "forum", ""], [""]],
    [["trace", "nobody", ""], [""]],
    [["trace", "--stack=demo", ""], [""]],
    [["up", "-c", "portB"], ["portBase="]],
  ])("a press of the tab key behind lab %j offers %j", async (line, offers) => {
    expect(await bashOffers(line)).toEqual(offers);
  });

  it("the command lab works in every folder, with words as they are", async () => {
    const cli = new CommandLine({ pulumi: "exit 9" });
    const { stdout: script } = await cli.run(["completion", "bash"]);
    const env = { ...cli.environment, npm_lifecycle_event: "lab", INIT_CWD: "/nowhere" };
    const run = spawnSync("bash", ["--norc", "-c", `${script}\nlab list --json; lab up "no such"`], {
      cwd: "/",
      env,
      encoding: "utf8",
    });
    expect([run.status, run.stdout, run.stderr]).toEqual([
      1,
      "[]\n",
      'up: unknown lab "no such"; there is vm, multicluster, traffic-flow\n',
    ]);
  });
});

const hasZsh = spawnSync("zsh", ["--version"]).status === 0;
if (!hasZsh) {
  console.warn("completion in zsh is not tested: no zsh on this machine");
}

describe.skipIf(!hasZsh)("in zsh", () => {
  it.each([
    [["des"], "destroy"],
    [["destroy", "--stack", ""], "demo dev"],
    [["destroy", "--stack="], "--stack=demo --stack=dev"],
    [["up", "-c", "portB"], "portBase= nospace"],
    [["trace", "a", "b", "--html", ""], "files"],
  ])("a press of the tab key behind lab %j offers %s", async (line, offers) => {
    const cli = lab();
    const { stdout: script } = await cli.run(["completion", "zsh"]);
    // Stands for what only a terminal has; its arguments are what zsh would show.
    const compadd = `compadd() { local -a all; all=("\${(@P)@[-1]}"); print -r -- "$all\${\${(M)@:#-S}:+ nospace}"; }`;
    const test = [
      "compdef() { [[ $2 == lab ]] && completer=$1; }",
      script,
      compadd,
      "_files() { print files; }",
      `words=(lab ${line.map(shellQuote).join(" ")}); CURRENT=${String(line.length + 1)}`,
      "$completer",
    ].join("\n");
    const run = spawnSync("zsh", ["-f", "-c", test], { cwd: "/", env: cli.environment, encoding: "utf8" });
    expect([run.status, run.stderr, run.stdout]).toEqual([0, "", `${offers}\n`]);
  });

  it("the script loads if nothing has set up completion yet", async () => {
    const cli = lab();
    const { stdout: script } = await cli.run(["completion", "zsh"]);
    const run = spawnSync("zsh", ["-f", "-c", `${script}\nprint -- $_comps[lab]`], {
      env: { ...cli.environment, HOME: cli.folder },
      encoding: "utf8",
    });
    expect([run.status, run.stderr, run.stdout]).toEqual([0, "", "_lab\n"]);
  });
});

describe("another shell", () => {
  it("is refused with those there are", async () => {
    const run = await new CommandLine().run(["completion", "fish"]);
    expect(run).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: 'completion: "fish" given; there is one for bash and zsh\n',
    });
  });
});

describe("the command lab", () => {
  it.each(["bash", "zsh"] as const)("says what to do if the checkout was moved: %s", (shell) => {
    const script = completionScript(shell).split("\n").slice(0, 4).join("\n").replaceAll(process.cwd(), "/gone");
    const { status, stderr } = spawnSync("bash", ["-c", `${script}\nlab list`], { encoding: "utf8" });
    const again = `npm run -s lab -- completion ${shell}`;
    expect([status, stderr]).toEqual([
      1,
      `lab: the checkout is not there any more; define lab again in its new folder: ${again}\n`,
    ]);
  });
});
