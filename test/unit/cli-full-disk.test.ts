import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MARKER_FILE } from "../../infra/core/folder-marker";
import { ACCESS, checkpoint, CommandLine, STATE_ID } from "../support/command-line";
import { canMount, SmallDisk } from "../support/full-disk";

const VM = "istio-lab-x-forum-vm";
const THING = { urn: "urn:x", type: "command:local:Command" };
const INSTANCE = { urn: "urn:vm", type: "aws:ec2/instance:Instance" };

/** A stack on a disk without room, whose VM stands until docker removes it. */
function onFullDisk({ resource = THING, hasProject = true } = {}): {
  readonly cli: CommandLine;
  readonly disk: SmallDisk;
} {
  const line = JSON.stringify([VM, "x", STATE_ID, "/somewhere", VM, "net", "running"]);
  const cli = new CommandLine({
    docker: `case "$1" in ps) [ -e "$FOLDER/gone" ] || echo '${line}' ;; rm) touch "$FOLDER/gone" ;; *) : ;; esac`,
    pulumi: "exit 9",
  });
  const disk = new SmallDisk(cli.state);
  cli.addStack("x", checkpoint(ACCESS, [resource]));
  mark("x");
  if (hasProject) {
    mark(join(".projects", "x"));
  }
  disk.fill();
  return { cli, disk };

  function mark(name: string): void {
    mkdirSync(join(cli.state, name), { recursive: true, mode: 0o700 });
    writeFileSync(join(cli.state, name, MARKER_FILE), JSON.stringify({ id: STATE_ID, stack: "x", made: true }));
  }
}

/** Files of no bytes are what a failed write leaves. */
function empty(folder: string): readonly string[] {
  const files = (readdirSync(folder, { recursive: true }) as readonly string[]).map((name) => join(folder, name));
  return files.filter((file) => statSync(file).isFile() && statSync(file).size === 0);
}

describe.runIf(canMount)("destroy on a full disk", () => {
  it.each([
    ["with its project folder", true],
    ["without one", false],
  ])("removes what carries the mark of a stack %s, and says what remains", async (_title, hasProject) => {
    const { cli } = onFullDisk({ hasProject });
    const { exitCode, stdout, stderr } = await cli.run(["destroy", "--stack", "x", "--yes"]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      `stack x: 1 containers, networks and volumes were removed, and none is left; its state in ${cli.stateFile("x")} could not be written (no space left on device) and remains, with the stack's files; make room, then remove them: npm run lab -- destroy --stack x\n`,
    ]);
    expect(cli.calls()).toContain(`docker rm --force --volumes ${VM}`);
    expect(cli.calls().filter((call) => call.startsWith("pulumi"))).toEqual([]);
    expect([existsSync(cli.stateFile("x")), empty(cli.state)]).toEqual([true, []]);
  });

  it("removes nothing of a lab on AWS, which Pulumi alone can remove", async () => {
    const { cli } = onFullDisk({ resource: INSTANCE });
    const { exitCode, stdout, stderr } = await cli.run(["destroy", "--stack", "x", "--yes"]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      "stack x: nothing was removed, since its state cannot be written: no space left on device\n",
    ]);
    expect(cli.calls().filter((call) => call.startsWith("docker rm"))).toEqual([]);
  });

  it("goes on with Pulumi once there is room", async () => {
    const { cli, disk } = onFullDisk();
    disk.empty();
    const { exitCode, stderr } = await cli.run(["destroy", "--stack", "x", "--yes"]);
    // The tools that it asks for next are none of this test's.
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("none of this test's") as string]);
  });
});

describe.runIf(canMount)("a verb on a full disk", () => {
  it.each([[["heal"]], [["verify"]], [["inspect"]], [["up"]], [["stop"]]])(
    "leaves no file of no bytes: %j",
    async (words) => {
      const { cli } = onFullDisk({ hasProject: false });
      const { exitCode } = await cli.run([...words, "--stack", "x"]);
      expect([exitCode, empty(cli.state)]).toEqual([1, []]);
    },
  );
});

describe.runIf(canMount)("setup on a full disk", () => {
  it("says in one line where room is wanted", async () => {
    const cli = new CommandLine({ docker: "exit 1" });
    const cache = join(cli.folder, "small cache");
    const disk = new SmallDisk(cache);
    writeFileSync(join(cache, MARKER_FILE), JSON.stringify({ id: STATE_ID }));
    disk.fill();
    const { exitCode, stderr } = await cli.run(["setup"], { ISTIO_LAB_CACHE: cache, ISTIO_LAB_SOURCE: "official" });
    expect([exitCode, stderr]).toEqual([
      1,
      `${cache}: the disk of the cache folder is full; make room (df -h '${cache}'), or name another folder in ISTIO_LAB_CACHE\n`,
    ]);
  });
});
