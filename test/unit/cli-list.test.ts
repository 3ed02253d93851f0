import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { MADE_VARIABLE } from "../../infra/core/made";
import { UPDATE_VARIABLE } from "../../infra/core/toolchain-key";
import { ensureStackProject } from "../../lab/cli/stack/stack-project";
import { OWNER_VARIABLE } from "../../lab/cli/pulumi/stray-processes";
import { ACCESS, checkpoint, CommandLine, dockerWith, pulumiWith, STATE_ID } from "../support/command-line";

const NODE = "istio-lab-x-k3s-s-control-plane";
const VM = "istio-lab-x-forum-vm";
const CHANGED = "2026-01-01T18:04:05.678Z";

/** A docker that has these containers, each `NAME STATE`, with the marks of a stack and a state folder. */
function docker(containers: readonly string[], { stack = "x", stateId = STATE_ID } = {}) {
  const lines = containers.map((one) => {
    const [name, state] = one.split(" ");
    return JSON.stringify([name, stack, stateId, "/somewhere", name, "net", state]);
  });
  const all = lines.map((line) => `'${line}'`).join(" ");
  return {
    docker: `case "$1" in ps) ${all === "" ? ":" : `printf '%s\\n' ${all}`} ;; *) exit 9 ;; esac`,
    // Nothing of this needs pulumi.
    pulumi: "exit 9",
  };
}

async function listed(cli: CommandLine, variables: NodeJS.ProcessEnv = {}, wanted = 0) {
  const { exitCode, stdout, stderr } = await cli.run(["list", "--json"], variables);
  expect(exitCode, stderr).toBe(wanted);
  return { stacks: JSON.parse(stdout) as readonly Record<string, string>[], stderr };
}

/** What is told of a stack whose containers are there and whose state is not. */
const LOST = `its state is lost, and these still exist: ${VM}, ${NODE}; take them over: npm run up -- --stack x, or remove them: npm run lab -- destroy --stack x`;

describe("list", () => {
  it.each([
    ["runs", [`${NODE} running`, `${VM} running`], "up", undefined],
    ["has a stopped VM", [`${NODE} running`, `${VM} exited`], "stopped", `${VM} is exited`],
    ["has a paused node", [`${NODE} paused`, `${VM} running`], "stopped", `${NODE} is paused`],
    ["has lost its VM", [`${NODE} running`, "istio-lab-x-forum-vm-2 running"], "gone", `not there: ${VM}`],
    ["has lost everything", ["other running"], "gone", `not there: ${NODE}, ${VM}`],
  ])("of a lab that %s says so, whatever its file says", async (_title, containers, state, problem) => {
    const cli = new CommandLine(docker(containers));
    cli.addStack("x");
    const { stacks, stderr } = await listed(cli);
    expect(stacks).toEqual([{ stack: "x", lab: "vm", state, changed: CHANGED, ...(problem ? { problem } : {}) }]);
    expect(stderr).toBe(problem ? `stack x: ${problem}\n` : "");
  });

  it.each([
    ["nothing was built in", checkpoint(undefined, []), "empty"],
    ["no up has finished in", checkpoint(undefined), "half built"],
  ])("of a stack that %s says so", async (_title, text, state) => {
    const cli = new CommandLine(docker([]));
    cli.addStack("x", text);
    expect((await listed(cli)).stacks).toEqual([{ stack: "x", lab: "", state, changed: CHANGED }]);
  });

  it.each([
    ["another stack", { stack: "X" }],
    ["the same stack of another state folder", { stateId: "0123456789abcdef" }],
    ["nobody", { stack: "", stateId: "" }],
  ])("does not take containers of the same names for the lab's own that belong to %s", async (_title, marks) => {
    const cli = new CommandLine(docker([`${NODE} running`, `${VM} running`], marks));
    cli.addStack("x");
    expect((await listed(cli)).stacks[0]).toMatchObject({ stack: "x", state: "gone" });
  });

  it.each([["inspect"], ["heal"], ["verify"], ["ssh"], ["exec", "k3s-s", "true"], ["trace", "webapp", "forum"]])(
    "has what every other verb tells of a stack whose state is lost: %s",
    async (verb, ...words) => {
      const cli = new CommandLine(docker([`${NODE} running`, `${VM} exited`]));
      cli.addStack("y", checkpoint(undefined, []));
      const { exitCode, stdout, stderr } = await cli.run([verb, "--stack", "x", ...words]);
      expect([exitCode, stdout, stderr]).toEqual([2, "", `stack x: ${LOST}\n`]);
    },
  );

  it("shows containers of a stack whose state is lost, and what to do about them", async () => {
    const cli = new CommandLine(docker([`${NODE} running`, `${VM} exited`]));
    cli.addStack("y", checkpoint(undefined, []));
    expect((await listed(cli)).stacks).toEqual([
      { stack: "y", lab: "", state: "empty", changed: CHANGED },
      { stack: "x", lab: "", state: "left over", changed: "never", problem: LOST },
    ]);
  });

  it.each([
    ["of this machine", {}, "start the engine: npm run lab -- setup"],
    [
      "at DOCKER_HOST",
      { DOCKER_HOST: "tcp://127.0.0.1:1" },
      "start the Docker engine at DOCKER_HOST=tcp://127.0.0.1:1, or unset DOCKER_HOST",
    ],
    [
      "of a context",
      { DOCKER_CONTEXT: "nope" },
      'start the engine of the Docker context "nope", or unset DOCKER_CONTEXT',
    ],
  ])("says that it does not know what stands if the engine %s does not answer", async (_title, variables, remedy) => {
    const cli = new CommandLine({ docker: "echo 'Cannot connect to the Docker daemon' >&2; exit 1", pulumi: "exit 9" });
    cli.addStack("x");
    const { stacks, stderr } = await listed(cli, variables, 1);
    expect(stacks).toEqual([{ stack: "x", lab: "vm", state: "unknown", changed: CHANGED }]);
    expect(stderr).toContain("Cannot connect to the Docker daemon");
    expect(stderr).toContain(`; ${remedy}\n`);
  });

  it("calls a stack changing while an update runs, and not after a kill that left the lock", async () => {
    const cli = new CommandLine(docker([`${NODE} running`, `${VM} running`]));
    cli.addStack("x");
    const locks = join(cli.state, ".pulumi", "locks", "organization", "istio-lab", "x");
    mkdirSync(locks, { recursive: true });
    writeFileSync(join(locks, "1.json"), JSON.stringify({ pid: 1, hostname: "h" }));
    expect((await listed(cli)).stacks[0]!["state"]).toBe("up");
    const marks = { [UPDATE_VARIABLE]: join(cli.state, "x"), [OWNER_VARIABLE]: String(process.pid) };
    const update = spawn("sleep", ["60"], { env: { ...process.env, ...marks }, stdio: "ignore" });
    onTestFinished(() => void update.kill());
    await once(update, "spawn");
    expect((await listed(cli)).stacks[0]!["state"]).toBe("changing");
  });

  it("of a backend of the user's asks pulumi for each stack", async () => {
    const stacks = JSON.stringify([{ name: "x", resourceCount: 7, lastUpdate: CHANGED }, { name: "y" }]);
    const pulumi = `case "$*" in "stack ls"*) echo '${stacks}' ;; *) ${pulumiWith(ACCESS)} ;; esac`;
    const cli = new CommandLine({ ...docker([`${NODE} running`, `${VM} running`]), pulumi });
    // Makes the state folder and its id, as an `up` does.
    cli.addStack("of-before");
    const { stdout, stderr } = await cli.run(["list", "--json"], { ISTIO_LAB_BACKEND: "s3://mine" });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([
      { stack: "x", lab: "vm", state: "up", changed: CHANGED },
      { stack: "y", lab: "", state: "empty", changed: "never" },
    ]);
  });
});

describe("settings that are damaged", () => {
  it.each([
    ["list", ["list", "--json"], 0],
    ["inspect", ["inspect", "--json"], 0],
    ["up, which needs them", ["up"], 1],
  ])("do not keep a verb from its work that needs none: %s", async (_, words, wanted) => {
    const cli = new CommandLine({ pulumi: pulumiWith(ACCESS), docker: dockerWith("dev"), kubectl: "true" });
    const made = { kind: "container", name: "istio-lab-dev-forum-vm" };
    const inputs = { environment: { [MADE_VARIABLE]: JSON.stringify(made) } };
    cli.addStack("dev", checkpoint(ACCESS, [{ urn: "urn:x", type: "command:local:Command", inputs }]));
    ensureStackProject("dev", { ISTIO_LAB_STATE: cli.state });
    writeFileSync(join(cli.state, ".projects", "dev", "overrides.yaml"), "{");
    const { exitCode, stderr } = await cli.run(words);
    expect(stderr.includes("overrides.yaml: not YAML"), stderr).toBe(wanted === 1);
    expect(exitCode, stderr).toBe(wanted);
  });
});

describe("a list without stacks", () => {
  it.each([
    ["of our own backend", {}, ""],
    ["of a backend of the user's", { ISTIO_LAB_BACKEND: "s3://mine" }, " in the backend that ISTIO_LAB_BACKEND names"],
  ])("says in which backend none stands: %s", async (_, env, where) => {
    const cli = new CommandLine({ pulumi: "echo '[]'", docker: "true" });
    const { exitCode, stdout } = await cli.run(["list"], env);
    expect([exitCode, stdout]).toEqual([0, `there is no lab${where}; build one: npm run up\n`]);
  });
});

describe("a destroy of a stack that a backend of the user's does not have", () => {
  it("says so, removes nothing and leaves nothing", async () => {
    const cli = new CommandLine({ pulumi: `echo "error: no stack named 'typo' found" >&2; exit 255`, docker: "true" });
    const backend = { ISTIO_LAB_BACKEND: "file:///somewhere" };
    for (const before of [[], ["other"]]) {
      before.forEach((stack) => cli.addStack(stack, checkpoint(ACCESS)));
      const { exitCode, stdout, stderr } = await cli.run(["destroy", "--stack", "typo", "--yes"], backend);
      expect([exitCode, stdout, stderr]).toEqual([
        2,
        "",
        "stack typo: there is no such stack, and nothing was removed; npm run lab -- list shows those that exist\n",
      ]);
      expect(existsSync(join(cli.state, ".projects", "typo"))).toBe(false);
    }
  });
});

describe("a state file that is damaged", () => {
  const damages = [
    ["of 0 bytes", "", "it is empty"],
    ["of which half is there", checkpoint(ACCESS).slice(0, 100), "it is not whole"],
    ["of zeros", "\0\0\0\0", "it is not whole"],
    ["of somebody else's JSON", '{"a":1}', "it holds no state of Pulumi's"],
    ["that is null", "null", "it holds no state of Pulumi's"],
    ["without a version", '{"checkpoint":{}}', "it holds no state of Pulumi's"],
    ...[
      ["whose checkpoint is a number", 7],
      ["whose latest state is a text", { latest: "x" }],
      ["whose resources are no list", { latest: { resources: {} } }],
      ["with a resource that is null", { latest: { resources: [null] } }],
      ["with a resource that is a number", { latest: { resources: [7] } }],
      ["with a resource whose URN is a number", { latest: { resources: [{ urn: 5, type: "x" }] } }],
      ["with a resource without a type", { latest: { resources: [{ urn: "x" }] } }],
      ["with dependencies that are no list", { latest: { resources: [{ urn: "x", type: "x", dependencies: 7 }] } }],
    ].map(
      ([title, content]) =>
        [
          title as string,
          JSON.stringify({ version: 3, checkpoint: content }),
          "it holds no state of Pulumi's",
        ] as const,
    ),
  ] as const;

  it.each(damages)("%s is named by list, which shows the other stacks", async (_title, text, problem) => {
    const cli = new CommandLine(docker([`${NODE} running`, `${VM} running`]));
    cli.addStack("broken", text);
    cli.addStack("x");
    const { exitCode, stdout, stderr } = await cli.run(["list"]);
    expect(exitCode).toBe(0);
    expect(stderr).toBe(`stack broken: its state in ${cli.stateFile("broken")} is damaged: ${problem}\n`);
    expect(stdout.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["STACK", "LAB", "STATE", "LAST CHANGED"],
      ["broken", "damaged", "never"],
      ["x", "vm", "up", CHANGED],
      [""],
    ]);
  });

  const verbs = [
    ["inspect"],
    ["verify"],
    ["heal"],
    ["trace", "webapp", "forum"],
    ["ssh"],
    ["exec", "k3s-s", "true"],
    ["stop"],
    ["start"],
    ["up"],
  ].map((words) => [words.join(" "), words] as const);
  it.each(verbs)("gets one line from %s, which runs neither pulumi nor docker on it", async (_title, words) => {
    const cli = new CommandLine({ pulumi: "exit 9", docker: "exit 9" });
    cli.addStack("broken", "");
    const [verb = "", ...rest] = words;
    const { exitCode, stdout, stderr } = await cli.run([verb, "--stack", "broken", ...rest]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      `stack broken: its state in ${cli.stateFile("broken")} is damaged: it is empty; remove what it built, then build it again: npm run lab -- destroy --stack broken\n`,
    ]);
    expect(cli.calls()).toEqual([]);
  });

  it.each([
    ["that is empty", "", "it is empty"],
    ["whose checkpoint is a number", '{"version":3,"checkpoint":7}', "it holds no state of Pulumi's"],
  ])("%s does not keep destroy from removing what it built, by its marks", async (_title, text, problem) => {
    const gone = '[ -e "$FOLDER/gone" ]';
    const line = JSON.stringify([VM, "broken", STATE_ID, "/somewhere", VM, "net", "running"]);
    const cli = new CommandLine({
      docker: `case "$1" in ps) ${gone} || echo '${line}' ;; rm) touch "$FOLDER/gone" ;; *) : ;; esac`,
      pulumi: "exit 9",
    });
    cli.addStack("broken", text);
    cli.addStack("x");
    writeFileSync(`${cli.stateFile("broken")}.bak`, "{}");
    const { exitCode, stdout, stderr } = await cli.run(["destroy", "--stack", "broken", "--yes"]);
    expect([exitCode, stdout, stderr]).toEqual([
      0,
      "stack broken: destroyed; no container, network, volume or file of it is left\n",
      `stack broken: its state in ${cli.stateFile("broken")} is damaged: ${problem}; using the marks on what it created instead\n`,
    ]);
    expect(readdirSync(dirname(cli.stateFile("x")))).toEqual(["x.json"]);
    expect(cli.calls().some((call) => call.startsWith("docker rm") && call.includes(VM))).toBe(true);
  });

  it.each([
    ["that others use is told as still there", "disk\nmine", "mine", true],
    ["that went with its container is not told", "mine", "", false],
  ])("a volume of its containers %s", async (_title, left, usedBy, isTold) => {
    const gone = '[ -e "$FOLDER/gone" ]';
    const line = JSON.stringify([VM, "broken", STATE_ID, "/somewhere", VM, "net", "running"]);
    const docker = `case "$*" in
  "container inspect"*) echo disk ;;
  "volume ls --format {{.Name}}") printf '%s\\n' '${left}' ;;
  "ps --all --filter volume=disk"*) echo '${usedBy}' ;;
  "ps --all --format {{.Names}}") ${gone} || echo ${VM} ;;
  ps*) ${gone} || echo '${line}' ;;
  rm*) touch "$FOLDER/gone" ;;
esac`;
    const text =
      "volume disk is still there, since Docker keeps it for others: mine; docker volume rm disk removes it\n";
    for (const words of [[], ["--json"]]) {
      const cli = new CommandLine({ docker, pulumi: "exit 9" });
      cli.addStack("broken", "");
      const { exitCode, stdout } = await cli.run(["destroy", "--stack", "broken", "--yes", ...words]);
      const things = `container, network${isTold ? "" : ", volume"} or file`;
      const shared = isTold ? [{ name: "disk", usedBy: ["mine"] }] : [];
      const json = `${JSON.stringify({ stack: "broken", swept: 1, kept: [], shared, left: shared.length })}\n`;
      const lines = `${isTold ? text : ""}stack broken: destroyed; no ${things} of it is left\n`;
      expect([exitCode, stdout]).toEqual([0, words.length === 0 ? lines : json]);
    }
  });
});

describe("a state file that a newer Pulumi wrote", () => {
  const text = '{"version":99,"checkpoint":{"latest":{"resources":{}}}}';
  const lineOf = (cli: CommandLine) =>
    `stack later: its state in ${cli.stateFile("later")}: a newer Pulumi wrote it (version 99)`;

  it("is named by list, which shows the other stacks", async () => {
    const cli = new CommandLine(docker([`${NODE} running`, `${VM} running`]));
    cli.addStack("later", text);
    cli.addStack("x");
    const { stacks, stderr } = await listed(cli);
    expect(stderr).toBe(`${lineOf(cli)}\n`);
    expect(stacks.map(({ stack, state }) => [stack, state])).toEqual([
      ["later", "newer"],
      ["x", "up"],
    ]);
  });

  it.each([["inspect"], ["up"], ["destroy", "--yes"]])("is named by %s, and stays", async (...words) => {
    const cli = new CommandLine({ pulumi: "exit 9", docker: "exit 0" });
    cli.addStack("later", text);
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "later"]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      `${lineOf(cli)}; use the istio-lab that built it, or a newer one\n`,
    ]);
    expect(readFileSync(cli.stateFile("later"), "utf8")).toBe(text);
  });

  it("of the format that Pulumi uses for a state with features is read", async () => {
    const cli = new CommandLine(docker([`${NODE} running`, `${VM} running`]));
    cli.addStack("x", checkpoint(ACCESS).replace('"version":3', '"version":4,"features":["hooks"]'));
    expect((await listed(cli)).stacks.map(({ state }) => state)).toEqual(["up"]);
  });
});

describe("a passphrase that is lost while stacks are there", () => {
  const passphrase = (cli: CommandLine) => join(cli.state, ".passphrase");

  it.each([["up"], ["inspect"], ["env"]])("is named by %s, which makes no new one", async (...words) => {
    const cli = new CommandLine({ pulumi: "exit 9", docker: "exit 9" });
    cli.addStack("x");
    rmSync(passphrase(cli));
    const stack = words[0] === "env" ? [] : ["--stack", "x"];
    const { exitCode, stdout, stderr } = await cli.run([...words, ...stack]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      `${passphrase(cli)} is missing, and the stacks there are encrypted with it: restore it, or destroy them: x\n`,
    ]);
    expect(existsSync(passphrase(cli))).toBe(false);
    expect(cli.calls()).toEqual([]);
  });

  it("does not keep destroy from removing what it built, by its marks", async () => {
    const line = JSON.stringify([VM, "x", STATE_ID, "/somewhere", VM, "net", "running"]);
    const cli = new CommandLine({
      docker: `case "$1" in ps) [ -e "$FOLDER/gone" ] || echo '${line}' ;; rm) touch "$FOLDER/gone" ;; *) : ;; esac`,
      pulumi: "exit 9",
    });
    cli.addStack("x");
    rmSync(passphrase(cli));
    const { exitCode, stdout, stderr } = await cli.run(["destroy", "--stack", "x", "--yes"]);
    expect([exitCode, stdout, stderr]).toEqual([
      0,
      "stack x: destroyed; no container, network, volume or file of it is left\n",
      `stack x: the passphrase of its state in ${cli.state} is missing; using the marks on what it created instead\n`,
    ]);
    expect(cli.calls()).toContain(`docker rm --force --volumes ${VM}`);
    expect(existsSync(cli.stateFile("x"))).toBe(false);
    expect(cli.calls().filter((call) => call.startsWith("pulumi"))).toEqual([]);
  });
});
