import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MARKER_FILE } from "../../infra/core/folder-marker";
import { identityOf } from "../../infra/core/workstation/processes";
import { placeOfThis } from "../../infra/core/workstation/process-place";
import { ACCESS, checkpoint, CommandLine, dockerWith, pulumiWith, STATE_ID } from "../support/command-line";
import { suspendedProcess } from "../support/suspended";

const access = { ...ACCESS, hosts: [{ ...ACCESS.hosts[0]!, workloadEntry: "forum-services/forum-1" }] };

interface Stack {
  readonly resources: readonly object[] | undefined;
  readonly programs: Readonly<Record<string, string>>;
  /** What a `verify` has noted of its scenario. */
  readonly scenario: object;
}

function standing({ resources, programs = {}, scenario }: Partial<Stack> = {}): CommandLine {
  const cli = new CommandLine({ pulumi: pulumiWith(access), docker: "exit 0", ...programs });
  cli.addStack("dev", checkpoint(access, resources));
  mkdirSync(join(cli.state, "dev"), { recursive: true });
  writeFileSync(join(cli.state, "dev", MARKER_FILE), JSON.stringify({ id: STATE_ID, stack: "dev", made: true }));
  if (scenario !== undefined) {
    writeFileSync(join(cli.state, "dev", "scenario.json"), JSON.stringify(scenario));
  }
  return cli;
}

/** Without its passphrase a stack is removed by the marks of what it made, and Pulumi's own tools are not needed. */
function destroyOf(cli: CommandLine, ...words: readonly string[]) {
  rmSync(join(cli.state, ".passphrase"), { force: true });
  return cli.run(["destroy", "--yes", "--stack", "dev", ...words]);
}

const alive = { ...identityOf(process.pid)!, purpose: "heal" };
const pid = String(process.pid);
const dead = { pid: process.pid, started: "before the last restart", purpose: "heal" };
const INSTANCE = {
  urn: "urn:power",
  type: "aws:ec2transitgateway/instanceState:InstanceState",
  outputs: { state: "running" },
};
const workFile = (cli: CommandLine) => join(cli.state, ".projects", "dev", "at-work.json");

/** A stack at which a verb is at work, or was. */
function worked(holder: object, more: Partial<Stack> = {}): CommandLine {
  const cli = standing(more);
  const folder = join(cli.state, ".projects", "dev");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, MARKER_FILE), JSON.stringify({ id: STATE_ID, stack: "dev", made: true }));
  writeFileSync(workFile(cli), JSON.stringify(holder));
  return cli;
}

const VERBS = [
  [["up"], "nothing was changed"],
  [["heal"], "nothing was repaired"],
  [["verify"], "nothing was checked"],
  [["stop"], "nothing was stopped"],
  [["start"], "nothing was started"],
  [["destroy", "--yes"], "nothing was removed"],
  [["destroy"], "nothing was removed"],
] as const;

describe("a stack at which a verb is at work", () => {
  it.each([
    ...VERBS.map(([words, undone]) => ["heal", words, undone] as const),
    ...["up", "verify", "stop", "start", "destroy"].map((purpose) => [purpose, ...VERBS[1]] as const),
  ])("is left alone: during %s by %j", async (purpose, words, undone) => {
    const cli = worked({ ...alive, purpose }, { resources: [INSTANCE] });
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      "",
      `stack dev: ${undone}, since ${purpose} (process ${pid}) is at work on it; wait until it ends, or stop it: kill ${pid}\n`,
    ]);
    expect(existsSync(cli.stateFile("dev"))).toBe(true);
    expect(cli.calls()).toEqual([]);
  });

  it("can be shown by what only reads", async () => {
    const { exitCode, stdout } = await worked(alive).run(["inspect", "--json", "--stack", "dev"]);
    expect([exitCode, (JSON.parse(stdout) as { lab: string }).lab]).toEqual([0, "vm"]);
  });

  it("does not hold up another stack", async () => {
    const cli = worked(alive);
    cli.addStack("other", checkpoint(access));
    const { exitCode, stderr } = await cli.run(["verify", "--only", "no-such-check", "--stack", "other"]);
    expect(exitCode).toBe(2);
    // With the names there are: of all observations and scenarios.
    expect(stderr).toMatch(
      /^--only: "no-such-check" given, and no check has that name; this lab has control-plane-ready, .*, forum-stopped, caller-identity, strict-mutual-tls\n$/,
    );
  });
});

describe("a stack at which a verb is at work that cannot end by itself", () => {
  it.each(VERBS)("is left alone by %j, with what lets a suspended one go on or ends it", async (words, undone) => {
    const holder = { ...(await suspendedProcess()), purpose: "heal" };
    const { exitCode, stdout, stderr } = await worked(holder, { resources: [INSTANCE] }).run([
      ...words,
      ...["--stack", "dev"],
    ]);
    const id = String(holder.pid);
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      "",
      `stack dev: ${undone}, since heal (process ${id}) is at work on it; it is suspended: continue it: kill -CONT ${id}, or end it: kill -9 ${id}\n`,
    ]);
  });

  it.each(VERBS)("is left alone by %j, with the note's file if it is of another container", async (words, undone) => {
    // A process of this id may run here, or none: it is not the one that is meant.
    const holder = { ...dead, ...placeOfThis(), pidNamespace: "pid:[7]" };
    const cli = worked(holder, { resources: [INSTANCE] });
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      "",
      `stack dev: ${undone}, since heal (process ${pid}) is at work on it; it is a process of another container, which cannot be seen from here: wait until it ends, or if it has ended, remove ${workFile(cli)}\n`,
    ]);
    expect(JSON.parse(readFileSync(workFile(cli), "utf8"))).toEqual(holder);
  });
});

describe("what only reads, while a verb is at work", () => {
  const READS = [[["inspect"]], [["exec", "k3s-s", "true"]], [["trace", "webapp", "forum"]], [["ssh"]]];
  const refusal = (verb: string) =>
    `stack dev: ${verb} (process ${pid}) is at work on it; wait until it ends, or stop it: kill ${pid}\n`;
  const half = { programs: { pulumi: pulumiWith({}).replace('{"access":{}}', "{}") } };

  it.each(READS)("says so of a lab that is not complete yet: %j", async (words) => {
    const cli = worked({ ...alive, purpose: "up" }, half);
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([2, "", refusal("up")]);
  });

  it.each(READS)("says that the lab is half-built if the verb was killed: %j", async (words) => {
    const { exitCode, stdout, stderr } = await worked(dead, half).run([...words, "--stack", "dev"]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^stack dev: its lab is half-built, since no up has finished; /);
  });

  it.each(READS)("says so of a lab whose state is removed already: %j", async (words) => {
    const cli = worked({ ...alive, purpose: "destroy" });
    rmSync(cli.stateFile("dev"));
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([2, "", refusal("destroy")]);
  });

  it("says so of a lab whose containers are removed already", async () => {
    const cli = worked({ ...alive, purpose: "destroy" });
    const { exitCode, stdout, stderr } = await cli.run(["trace", "webapp", "forum", "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([2, "", refusal("destroy")]);
  });

  it("says so of a lab whose kubeconfig is not written yet", async () => {
    const cluster = { ...access.clusters[0]!, kubeconfigFile: "/nowhere/kubeconfig.yaml" };
    const programs = { pulumi: pulumiWith({ ...access, clusters: [cluster] }) };
    const cli = worked({ ...alive, purpose: "heal" }, { programs });
    const { exitCode, stdout, stderr } = await cli.run(["exec", "k3s-s", "true", "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([2, "", refusal("heal")]);
  });

  it.each([
    ["up", undefined, "changing"],
    ["destroy", undefined, "changing"],
    ["heal", { name: "forum-stopped" }, "changing"],
    ["verify", undefined, "up"],
    ["verify", { name: "forum-stopped" }, "changing"],
  ])("lists the stack by what is done to it: during %s with a scenario %j", async (purpose, scenario, state) => {
    const programs = { docker: dockerWith("dev") };
    const cli = worked({ ...alive, purpose }, { programs, ...(scenario ? { scenario } : {}) });
    const { exitCode, stdout, stderr } = await cli.run(["list", "--json"]);
    const stacks = JSON.parse(stdout) as readonly { readonly state: string }[];
    expect([exitCode, stacks.map((one) => one.state), stderr]).toEqual([0, [state], ""]);
  });

  it("lists a stack whose state is removed already as changing, too", async () => {
    const cli = worked({ ...alive, purpose: "destroy" }, { programs: { docker: dockerWith("dev") } });
    rmSync(cli.stateFile("dev"));
    const { stdout, stderr } = await cli.run(["list", "--json"]);
    expect(JSON.parse(stdout)).toEqual([{ stack: "dev", lab: "", state: "changing", changed: "never" }]);
    expect(stderr).toBe("");
  });
});

describe("a verb that needs the stack for itself", () => {
  /** Keeps what is noted while a program runs that the verb has started. */
  const KEEP = `cp "$FOLDER/state/.projects/dev/at-work.json" "$FOLDER/noted" 2>/dev/null`;

  /** Ctrl-C for the command line, if that is what is noted: the process that was killed has the id of this test's. */
  const INTERRUPT = `grep -q before "$FOLDER/noted" || kill -INT $(grep -o '"pid":[0-9]*' "$FOLDER/noted" | cut -d: -f2)`;

  it.each([
    ["verify", ["verify", "--only", "forum-vm-workload-entry"], 0],
    ["heal", ["heal"], 130],
    ["destroy", ["destroy", "--yes"], 0],
  ] as const)(
    "notes itself for as long as it runs, and takes over from a process that was killed: %s",
    async (...row) => {
      const [purpose, words, code] = row;
      const docker = `${KEEP}\n${purpose === "destroy" ? "exit 0" : dockerWith("dev")}`;
      // Without an engine to ask and to prepare, heal begins with the clusters.
      const heals = purpose === "heal";
      const own = heals ? { ...access, platform: "aws", hosts: [] } : access;
      const programs = {
        pulumi: pulumiWith(own),
        docker,
        kubectl: `${KEEP}\n${heals ? INTERRUPT : "echo True"}`,
      };
      const cli = worked(dead, { programs });
      if (purpose === "destroy") {
        // Without its passphrase a stack is removed by the marks of what it made, and Pulumi's own tools are not needed.
        rmSync(join(cli.state, ".passphrase"), { force: true });
      }
      const { exitCode, stderr } = await cli.run([...words, "--stack", "dev"]);
      expect(exitCode, stderr).toBe(code);
      const { pid: noter, purpose: noted } = JSON.parse(
        readFileSync(join(cli.folder, "noted"), "utf8"),
      ) as typeof alive;
      expect([noted, noter === process.pid]).toEqual([purpose, false]);
      expect(existsSync(workFile(cli))).toBe(false);
    },
  );

  it("leaves no folder of a stack that it has removed, whatever a killed process has left there", async () => {
    const cli = worked(dead);
    const left = ["at-work.json.123", "at-work.json.stale.123", "Pulumi.dev.yaml.123", "Pulumi.yaml.123"];
    [...left, "overrides.yaml.123", "settled.json.123", "engine.json.123", `${MARKER_FILE}.123`].forEach((name) =>
      writeFileSync(join(cli.state, ".projects", "dev", name), ""),
    );
    writeFileSync(join(cli.state, "dev", `${MARKER_FILE}.123`), "");
    const { exitCode, stdout } = await destroyOf(cli);
    expect(stdout).toBe("stack dev: destroyed; no container, network, volume or file of it is left\n");
    expect([exitCode, existsSync(join(cli.state, ".projects", "dev"))]).toEqual([0, false]);
  });
});

describe("the note of a scenario whose verify was killed", () => {
  it("does not keep destroy from removing the lab, and goes with it", async () => {
    const cli = standing({ scenario: { name: "forum-stopped" } });
    const { exitCode, stdout } = await destroyOf(cli);
    expect(stdout).toBe("stack dev: destroyed; no container, network, volume or file of it is left\n");
    expect([exitCode, existsSync(join(cli.state, "dev"))]).toEqual([0, false]);
  });

  it("keeps another verify from checking, which says what puts the lab back", async () => {
    const { exitCode, stdout, stderr } = await standing({ scenario: { name: "forum-stopped" } }).run(["verify"]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      "stack dev: an earlier verify has not reverted what its scenario forum-stopped changed in the lab; run: npm run lab -- heal\n",
    ]);
  });
});

describe("a lab that a scenario has changed whose verify was killed", () => {
  const left =
    "stack dev: an earlier verify has not reverted what its scenario forum-stopped changed in the lab; run: npm run lab -- heal\n";
  const scenario = { name: "forum-stopped" };

  it.each([
    ["inspect", []],
    ["inspect", ["--json"]],
  ])("is named by %s %j, which shows the lab all the same", async (verb, words) => {
    const { exitCode, stdout, stderr } = await standing({ scenario }).run([verb, ...words]);
    expect([exitCode, stdout.includes("forum-vm"), stderr]).toEqual([0, true, left]);
  });

  it("is named as under way while verify runs", async () => {
    const { stderr } = await worked({ ...alive, purpose: "verify" }, { scenario }).run(["inspect"]);
    expect(stderr).toBe(
      `stack dev: the lab is changed by the scenario forum-stopped at this moment: verify (process ${pid}) is at work on it\n`,
    );
  });

  it("is marked by list", async () => {
    const cli = standing({ scenario, programs: { docker: dockerWith("dev") } });
    const { exitCode, stdout, stderr } = await cli.run(["list"]);
    expect([exitCode, stderr]).toEqual([0, left]);
    expect(stdout).toMatch(/^ +dev +vm +scenario left /m);
  });

  it("is marked by list with what is wrong with its containers, too", async () => {
    const { stdout } = await standing({ scenario }).run(["list", "--json"]);
    const problem = `not there: istio-lab-dev-k3s-s-control-plane, istio-lab-dev-forum-vm; ${left.slice(11, -1)}`;
    expect(JSON.parse(stdout)).toMatchObject([{ state: "gone", problem }]);
  });
});

describe("destroy", () => {
  it.each([
    [
      "that it names in its state",
      { KUBECONFIG_FILE: "/old/dev/kubeconfig-north.yaml", KNOWN_HOSTS_FILE: "/old/dev/known_hosts-north-vm" },
      [],
    ],
    ["that it cannot name any more, so they stay", {}, ["known_hosts-north-vm", "kubeconfig-north.yaml"]],
  ])("removes the lab's files %s, and names the user's that it keeps", async (_title, environment, unknown) => {
    const cli = standing({ resources: [{ urn: "urn:step", type: "command:local:Command", inputs: { environment } }] });
    const folder = join(cli.state, "dev");
    const own = ["known_hosts-my-own", "kubeconfig-mine.yaml"];
    // What an unfinished step has left is empty.
    ["kubeconfig-north.yaml", "known_hosts-north-vm", "known_hosts-forum-vm", "id_ed25519", ...own].forEach((name) =>
      writeFileSync(join(folder, name), ""),
    );
    const { exitCode, stdout } = await destroyOf(cli, "--json");
    const left = [...own, ...unknown].sort();
    const { kept } = JSON.parse(stdout) as { kept: readonly string[] };
    expect([exitCode, [...kept].sort()]).toEqual([0, left.map((name) => join(folder, name))]);
    expect(readdirSync(folder).sort()).toEqual([MARKER_FILE, ...left]);
  });
});
