import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MARKER_FILE } from "../../infra/core/folder-marker";
import { identityOf } from "../../infra/toolchain/process-identity";
import { ScenarioNote } from "../../lab/cli/verify/unfinished";
import { ACCESS, checkpoint, CommandLine, dockerWith, pulumiWith, STATE_ID } from "../support/command-line";

const access = { ...ACCESS, hosts: [{ ...ACCESS.hosts[0]!, workloadEntry: "forum-services/forum-1" }] };

/** A stack with a note of a `verify`. */
function noted(note: object, resources?: readonly object[], docker = "exit 0"): CommandLine {
  const cli = new CommandLine({ pulumi: pulumiWith(access), docker });
  cli.addStack("dev", checkpoint(access, resources));
  mkdirSync(join(cli.state, "dev"), { recursive: true });
  writeFileSync(join(cli.state, "dev", MARKER_FILE), JSON.stringify({ id: STATE_ID, stack: "dev", made: true }));
  writeFileSync(join(cli.state, "dev", "scenario.json"), JSON.stringify(note));
  return cli;
}

/** Without its passphrase a stack is removed by the marks of what it made, and Pulumi's own tools are not needed. */
function destroyOf(cli: CommandLine, ...words: readonly string[]) {
  rmSync(join(cli.state, ".passphrase"), { force: true });
  return cli.run(["destroy", "--yes", "--stack", "dev", ...words]);
}

const by = identityOf(process.pid);
const pid = String(process.pid);
const gone = { pid: process.pid, started: "before the last restart" };
const INSTANCE = {
  urn: "urn:power",
  type: "aws:ec2transitgateway/instanceState:InstanceState",
  outputs: { state: "running" },
};

describe("while a verify is at work on a lab", () => {
  it.each([
    [["destroy", "--yes"], "nothing was removed"],
    [["up"], "nothing was changed"],
    [["stop"], "nothing was stopped"],
  ])("%j says so and does nothing", async (words, undone) => {
    const cli = noted({ name: "forum-stopped", by }, [INSTANCE]);
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      `stack dev: ${undone}, since verify (process ${pid}) is at work on the lab, with the scenario forum-stopped; wait until it ends, or stop it: kill ${pid}\n`,
    ]);
    expect(existsSync(cli.stateFile("dev"))).toBe(true);
    expect(cli.calls().filter((call) => !call.startsWith("pulumi stack output"))).toEqual([]);
  });

  it("it is noted before its first scenario, too", async () => {
    const { exitCode, stderr } = await noted({ by }).run(["destroy", "--yes", "--stack", "dev"]);
    expect([exitCode, stderr]).toEqual([
      1,
      `stack dev: nothing was removed, since verify (process ${pid}) is at work on the lab; wait until it ends, or stop it: kill ${pid}\n`,
    ]);
  });

  it("verify notes itself for as long as it runs", async () => {
    const cli = noted({}, undefined, dockerWith("dev"));
    const file = join(cli.state, "dev", "scenario.json");
    const bin = join(cli.folder, "cache", "bin", "kubectl");
    writeFileSync(bin, `#!/bin/bash\ncat '${file}' >'${cli.folder}/noted'; echo True\n`, { mode: 0o755 });
    const { exitCode } = await cli.run(["verify", "--only", "forum-vm-workload-entry", "--stack", "dev"]);
    expect(exitCode).toBe(0);
    const { by: noter, ...more } = JSON.parse(readFileSync(join(cli.folder, "noted"), "utf8")) as { by: object };
    expect([Object.keys(noter), more]).toEqual([["pid", "started"], {}]);
    expect(existsSync(file)).toBe(false);
  });
});

describe("the note of a verify that was killed", () => {
  it.each([
    ["in a scenario", { name: "forum-stopped", by: gone }],
    ["before its first scenario", { by: gone }],
  ])("%s does not keep destroy from removing the lab, and goes with it", async (_when, note) => {
    const cli = noted(note);
    const { exitCode, stdout } = await destroyOf(cli);
    expect(stdout).toBe("stack dev: destroyed; no container, network, volume or file of it is left\n");
    expect([exitCode, existsSync(join(cli.state, "dev"))]).toEqual([0, false]);
  });

  it("before its first scenario is nothing that heal would have to put back", () => {
    const cli = noted({ by: gone });
    expect(new ScenarioNote(join(cli.state, "dev")).unfinished()).toBeUndefined();
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
    const cli = noted({}, [{ urn: "urn:step", type: "command:local:Command", inputs: { environment } }]);
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
