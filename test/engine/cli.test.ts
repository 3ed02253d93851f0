import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { updateProcesses } from "../../lab/cli/pulumi/stray-processes";
import { canMount, SmallDisk } from "../support/full-disk";
import { killNow, TestLab, TYPESCRIPT_RUNTIME, type LabRun } from "../support/lab";

/** What `up --json` prints. */
interface UpReport {
  readonly changes: Readonly<Record<string, number>>;
}

/**
 * A program of a few commands in place of the labs: it shows what the command line does, in seconds. Steps from number `free` on wait, for ten
 * minutes at most, until the test lets them go on.
 */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
const config = new pulumi.Config();
if (config.get("refuse")) throw new pulumi.RunError("istio-lab:refuse: is refused");
const log = config.require("log");
let last: pulumi.Resource[] = [];
for (let i = 0; i < config.requireNumber("steps"); i++) {
  const mayEnd = "[ " + i + " -lt $FREE ] || [ -e " + log + ".go-" + i + " ]";
  const wait = "n=0; until " + mayEnd + " || [ $((n += 1)) -gt 12000 ]; do sleep 0.05; done";
  const create = "echo start-" + i + " >>" + log + "; " + wait + "; echo end-" + i + " >>" + log;
  const environment = { FREE: config.require("free") };
  const args = { create, delete: "echo delete-" + i + " >>" + log, environment, interpreter: ["/bin/sh", "-c"], addPreviousOutputInEnv: false, logging: "none" };
  last = [new local.Command("step-" + i, args, { dependsOn: last, ignoreChanges: ["environment"] })];
}
export const access = { lab: "vm", platform: "local", versions: { istio: "1.2.3" }, urls: [], clusters: [], hosts: [], unavailable: [], nextSteps: [],
  network: { name: "n", cidr: "192.168.10.0/24", loadBalancerPool: "p", note: "as in the notes" } };
export const kubeconfigs = pulumi.secret({ "k3s-s": "client-key-data" });
`;

let lab: TestLab;
let checkout: string;
const trackedConfig = "config:\n  istio-lab:lab: vm\n";
const log = () => (existsSync(join(checkout, "log")) ? readFileSync(join(checkout, "log"), "utf8").split("\n") : []);
const untilLogged = (line: string) =>
  expect.poll(() => log().includes(line), { timeout: 120_000, interval: 50 }).toBe(true);
const settings = (steps: number, free = steps) => [
  ...["-c", `log=${join(checkout, "log")}`],
  ...["-c", `steps=${String(steps)}`, "-c", `free=${String(free)}`],
];
/** Lets a step that waits go on. */
const letGo = (step: number) => writeFileSync(join(checkout, `log.go-${String(step)}`), "");
/** Forgets the log, and which steps may go on. */
const clearLog = () => {
  for (const name of readdirSync(checkout).filter((each) => each.startsWith("log"))) {
    rmSync(join(checkout, name));
  }
};

/** What a run said, without what the set-up says where another checkout has used the same cache in between. */
const saidBy = ({ stderr }: LabRun) =>
  stderr.replaceAll(/^(tools and images come from|the toolchain is ready) .*\n/gm, "");

beforeAll(() => {
  lab = new TestLab("engine-cli");
  checkout = join(lab.folder, "checkout");
  mkdirSync(checkout);
  for (const name of ["infra", "lab", "package.json", "package-lock.json", "tsconfig.json", "Pulumi.yaml"]) {
    cpSync(name, join(checkout, name), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(checkout, "node_modules"));
  writeFileSync(join(checkout, "lab", "index.ts"), PROGRAM);
  writeFileSync(join(checkout, "Pulumi.yaml"), `name: istio-lab\nruntime: ${TYPESCRIPT_RUNTIME}\n`);
  writeFileSync(join(checkout, "Pulumi.engine-cli.yaml"), trackedConfig);
  lab.checkout = checkout;
});

afterAll(async () => {
  await lab.cleanUp();
});

/** The processes of the update by what they are, e.g. `pulumi up`. */
function find(word: string): readonly number[] {
  const folder = join(lab.stateFolder, lab.stack);
  return updateProcesses(folder)
    .map(({ pid }) => pid)
    .filter((pid) => commandOf(pid).includes(word));
}

function commandOf(pid: number): string {
  return existsSync(`/proc/${String(pid)}/cmdline`)
    ? readFileSync(`/proc/${String(pid)}/cmdline`, "utf8").replaceAll("\0", " ")
    : "";
}

/** Starts an `up` of three steps, kills something while the second runs, and returns how it ended. */
async function killedUp(victims: (cli: number) => readonly number[], ended: () => void): Promise<LabRun> {
  clearLog();
  return lab.run("up", settings(3, 1), async (cli) => {
    await untilLogged("start-1");
    const pids = victims(cli);
    expect(pids.length).toBeGreaterThan(0);
    killNow(pids);
    ended();
  });
}

describe("up", () => {
  it("that is refused before anything is made leaves no stack, no passphrase and no configuration", async () => {
    const run = await lab.run("up", [...settings(1), "-c", "refuse=1"]);
    expect([run.exitCode, run.stdout]).toEqual([1, ""]);
    expect(saidBy(run)).toBe("  istio-lab:refuse: is refused\nstack engine-cli: not built; the reason is above\n");
    expect(await lab.json("list")).toEqual([]);
    expect(existsSync(lab.stateFolder) ? readdirSync(lab.stateFolder) : []).toEqual([]);
  });

  it("builds with what -c sets, and shows no secret", async () => {
    const run = await lab.run("up", settings(2));
    expect(run.exitCode, run.stderr).toBe(0);
    expect(log().filter(Boolean)).toEqual(["start-0", "end-0", "start-1", "end-1"]);
    expect(run.stdout).toContain("3 create");
    expect(run.stdout + run.stderr).not.toContain("client-key-data");
  });

  it("changes nothing the second time, and remembers what -c has set", async () => {
    const { changes } = await lab.json<UpReport>("up");
    expect(changes).toEqual({ same: 3 });
  });

  it("names a scenario that a killed verify has not put back, behind all else", async () => {
    const note = join(lab.stateFolder, lab.stack, "scenario.json");
    mkdirSync(dirname(note), { recursive: true, mode: 0o700 });
    writeFileSync(note, JSON.stringify({ name: "forum-stopped" }));
    const run = await lab.run("up");
    rmSync(dirname(note), { recursive: true });
    expect([run.exitCode, run.stdout.trimEnd().split("\n").at(-1)]).toEqual([
      0,
      expect.stringMatching(/^nothing to change, 3 resources as they were in /) as string,
    ]);
    expect(saidBy(run).trimEnd().split("\n").at(-1)).toBe(
      "stack engine-cli: an earlier verify has not reverted what its scenario forum-stopped changed in the lab; run: npm run lab -- heal --stack engine-cli",
    );
  });

  it("repairs what an engine leaves that is killed while it writes the state's attributes", async () => {
    const folder = join(lab.stateFolder, ".pulumi", "stacks", "istio-lab");
    const files = readdirSync(folder).filter((name) => name.endsWith(".attrs"));
    expect(files).toContain("engine-cli.json.attrs");
    files.forEach((name) => writeFileSync(join(folder, name), ""));
    const run = await lab.run("up");
    expect([run.exitCode, run.stderr]).toEqual([
      0,
      expect.stringContaining("removed a half-written file of an earlier run that was killed") as string,
    ]);
    expect((await lab.json<UpReport>("up")).changes).toEqual({ same: 3 });
  });

  it("leaves the checkout's configuration as it was, salt and all", () => {
    expect(readFileSync(join(checkout, "Pulumi.engine-cli.yaml"), "utf8")).toBe(trackedConfig);
  });

  it("names a salt or a secret of the checkout that does not fit the stack; a salt that encrypts nothing counts for nothing", async () => {
    const file = join(checkout, "Pulumi.engine-cli.yaml");
    const salt = "encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAA\n";
    writeFileSync(file, `${salt}${trackedConfig}`);
    expect((await lab.json<UpReport>("up")).changes).toEqual({ same: 3 });
    const secret = "config:\n  istio-lab:refuse:\n    secure: v1:AAAAAAAAAAAAAAAA:AAAA\n";
    writeFileSync(file, `${salt}${trackedConfig.replace("config:\n", secret)}`);
    const refused = await lab.run("up");
    expect([refused.exitCode, saidBy(refused)]).toEqual([
      1,
      expect.stringContaining("Pulumi.engine-cli.yaml of the checkout does not fit the stack; remove") as string,
    ]);
    const foreign = "config:\n  istio-lab:refuse:\n    secure: v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    writeFileSync(file, trackedConfig.replace("config:\n", foreign));
    const unread = await lab.run("up");
    expect([unread.exitCode, saidBy(unread)]).toEqual([
      1,
      expect.stringContaining(
        "a secure: value in Pulumi.engine-cli.yaml of the checkout was encrypted for another stack; remove it\n",
      ) as string,
    ]);
    writeFileSync(file, trackedConfig);
    expect((await lab.json<UpReport>("up")).changes).toEqual({ same: 3 });
  });

  it("names a setting of the checkout that stands outside of config, where Pulumi ignores it", async () => {
    const file = join(checkout, "Pulumi.engine-cli.yaml");
    writeFileSync(file, `istio-lab:refuse: "1"\n${trackedConfig}`);
    const run = await lab.run("up");
    writeFileSync(file, trackedConfig);
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      `${file}: "istio-lab:refuse" at the top; settings go below config:, e.g. istio-lab:portBase\n`,
    ]);
  });

  it.each(["yml", "json"])("names settings in a file that Pulumi ignores: .%s", async (ending) => {
    const file = join(checkout, `Pulumi.engine-cli.${ending}`);
    writeFileSync(file, trackedConfig);
    const run = await lab.run("up");
    rmSync(file);
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      `Pulumi.engine-cli.${ending}: Pulumi ignores this file; move its settings to Pulumi.engine-cli.yaml\n`,
    ]);
  });

  it("says in one line what the program refuses, and forgets it", async () => {
    const file = join(lab.stateFolder, ".projects", "engine-cli", "Pulumi.engine-cli.yaml");
    const before = readFileSync(file, "utf8");
    const run = await lab.run("up", ["-c", "refuse=1"]);
    expect([run.exitCode, run.stdout]).toEqual([1, ""]);
    expect(saidBy(run)).toBe("  istio-lab:refuse: is refused\nstack engine-cli: not built; the reason is above\n");
    expect((await lab.json<UpReport>("up")).changes).toEqual({ same: 3 });
    // Whatever stands there after a refusal: each update writes the file again before it reads it.
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("works on the same stack as a plain pulumi with the exports of `env`", async () => {
    const { stdout } = await lab.run("env", []);
    const script = `${stdout}\npulumi stack output access --json --stack engine-cli`;
    const output = execFileSync("bash", ["-c", script], { cwd: checkout, env: lab.environment, encoding: "utf8" });
    expect((JSON.parse(output) as { lab: string }).lab).toBe("vm");
  });
});

describe("an up that is killed while it runs", () => {
  it.each([
    ["the command line", (cli: number) => [cli]],
    ["the engine", () => find("pulumi up")],
    ["the provider", () => find("pulumi-resource-command")],
    // The engine waits for the step that runs.
    ["the language host", () => find("pulumi-language-nodejs"), () => letGo(1)],
    ["everything at once", (cli: number) => [cli, ...find("")]],
  ] as const)("is completed by the next one: %s", async (_name, victims, ended = () => undefined) => {
    await lab.run("destroy", ["--yes"]);
    await killedUp(victims, ended);
    const run = await lab.run("up", settings(3));
    expect(run.exitCode, run.stderr).toBe(0);
    expect(log()).toContain("end-2");
    // What the killed run had started is not at work any more.
    expect(find("")).toEqual([]);
  });

  it("by Ctrl-C ends with the step that runs, says how to go on, and leaves no process", async () => {
    await lab.run("destroy", ["--yes"]);
    clearLog();
    const run = await lab.run("up", settings(4, 1), async (cli) => {
      await untilLogged("start-1");
      process.kill(cli, "SIGINT");
    });
    expect(run.exitCode).toBe(130);
    expect(run.stderr).toContain(
      "interrupted; npm run up -- --stack engine-cli completes it, npm run lab -- destroy --stack engine-cli removes it\n",
    );
    expect(log().filter(Boolean)).toEqual(["start-0", "end-0", "start-1"]);
    expect(find("")).toEqual([]);
  });
});

describe("two at once", () => {
  it("are one too many: the second one says who is at work", async () => {
    await lab.run("destroy", ["--yes"]);
    clearLog();
    const refused: LabRun[] = [];
    let owner = 0;
    const first = await lab.run("up", settings(2, 0), async (cli) => {
      owner = cli;
      await untilLogged("start-0");
      for (const words of [["up"], ["heal"], ["destroy", "--yes"]] as const) {
        refused.push(await lab.run(words[0], words.slice(1)));
      }
      letGo(0);
      letGo(1);
    });
    expect(first.exitCode, first.stderr).toBe(0);
    const id = String(owner);
    const busy = `since up (process ${id}) is at work on it; wait until it ends, or stop it: kill ${id}\n`;
    expect(refused.map((run) => [run.exitCode, saidBy(run)])).toEqual(
      ["nothing was changed", "nothing was repaired", "nothing was removed"].map((undone) => [
        2,
        `stack engine-cli: ${undone}, ${busy}`,
      ]),
    );
  });
});

describe("destroy", () => {
  it("runs every delete and leaves neither state nor passphrase, whatever the checkout's settings hold", async () => {
    writeFileSync(join(checkout, "Pulumi.engine-cli.yaml"), "config:\n<<<<<<< HEAD\n");
    const run = await lab.run("destroy", ["--yes"]);
    expect([run.exitCode, run.stdout]).toEqual([
      0,
      "stack engine-cli: destroyed; no container, network, volume or file of it is left\n",
    ]);
    expect(
      log()
        .filter((line) => line.startsWith("delete"))
        .sort(),
    ).toEqual(["delete-0", "delete-1"]);
    expect(existsSync(lab.stateFolder)).toBe(false);
    writeFileSync(join(checkout, "Pulumi.engine-cli.yaml"), trackedConfig);
  });

  it("of what is not there says so", async () => {
    const run = await lab.run("destroy", ["--yes"]);
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([
      2,
      "",
      "stack engine-cli: there is no such stack, and nothing was removed; npm run lab -- list shows those that exist\n",
    ]);
  });

  it.runIf(canMount)("on a full disk ends with what remains, and the next one completes it", async () => {
    clearLog();
    const disk = new SmallDisk(lab.stateFolder);
    expect((await lab.run("up", settings(2))).exitCode).toBe(0);
    disk.fill();
    const first = await lab.run("destroy", ["--yes"]);
    expect([first.exitCode, first.stdout, saidBy(first)]).toEqual([
      1,
      "",
      expect.stringMatching(
        /^stack engine-cli: 0 containers, .* could not be written \(no space left on device\) and remains, /,
      ),
    ]);
    disk.empty();
    const next = await lab.run("destroy", ["--yes"]);
    expect([next.exitCode, next.stdout]).toEqual([
      0,
      "stack engine-cli: destroyed; no container, network, volume or file of it is left\n",
    ]);
    expect(readdirSync(lab.stateFolder)).toEqual([]);
    expect(log().filter((line) => line.startsWith("delete"))).toHaveLength(2);
  });
});
