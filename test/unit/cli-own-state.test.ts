import { chmodSync, chownSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { assertOwnState } from "../../lab/cli/pulumi/own-state";
import { MARKER_FILE } from "../../infra/core/folder-marker";
import { ACCESS, BENCH, checkpoint, CommandLine, dockerWith, pulumiWith } from "../support/command-line";
import { testFolder } from "../support/test-folder";

/** A user whom no machine has noted. */
const STUDENT = 432_100;
const me = process.getuid?.() ?? 0;

describe("a state folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = testFolder();
  });

  const check = (path: string, user: number) => () => assertOwnState({ ISTIO_LAB_STATE: path }, user);

  it("is used by the user whose it is", () => {
    expect(check(folder, me)).not.toThrow();
  });

  it("is not used by another user, who is told whose it is", () => {
    expect(check(folder, STUDENT)).toThrow(
      /^\S+: the state folder is \S+'s, and this is user 432100; run it as \S+, or name a folder of your own in ISTIO_LAB_STATE$/,
    );
  });

  it("that is not there yet may be made by a user in any folder that lets that user in", () => {
    expect(check(join(folder, "new", "state"), STUDENT)).not.toThrow();
  });

  it.runIf(me === 0)("that is not there yet is not made by root in the home of another user", () => {
    chownSync(folder, STUDENT, STUDENT);
    expect(check(join(folder, "new", "state"), 0)).toThrow(
      `${join(folder, "new", "state")}: the state folder is user 432100's, and this is root; run it as user 432100, or name a folder of your own in ISTIO_LAB_STATE`,
    );
  });
});

describe.runIf(me === 0)("root in the state folder of another user", () => {
  /** A stack of the student's, whose files are all the student's. */
  function standing(): CommandLine {
    const cli = new CommandLine({ pulumi: pulumiWith(ACCESS), docker: "exit 0" });
    cli.addStack("dev");
    [cli.state, ...within(cli.state)].forEach((path) => chownSync(path, STUDENT, STUDENT));
    return cli;
  }

  const within = (folder: string) =>
    (readdirSync(folder, { recursive: true }) as readonly string[]).map((name) => join(folder, name));
  const strangers = (cli: CommandLine) => within(cli.state).filter((path) => lstatSync(path).uid !== STUDENT);
  const refusal = (cli: CommandLine) =>
    `${cli.state}: the state folder is user 432100's, and this is root; run it as user 432100, or name a folder of your own in ISTIO_LAB_STATE\n`;

  it.each([
    [["up"]],
    [["up", "traffic-flow"]],
    [["heal"]],
    [["verify"]],
    [["stop"]],
    [["start"]],
    [["destroy", "--yes"]],
    [[...BENCH, "vm"]],
    // Without its project folder, which has to be made first.
    [["inspect"]],
    [["exec", "k3s-s", "true"]],
  ])("is refused before anything is made: %j", async (words) => {
    const cli = standing();
    const { exitCode, stdout, stderr } = await cli.run(words);
    expect([exitCode, stdout, stderr]).toEqual([2, "", refusal(cli)]);
    expect([strangers(cli), cli.calls()]).toEqual([[], []]);
  });

  it("may look, and leaves nothing there", async () => {
    const cli = standing();
    const { exitCode, stdout } = await cli.run(["list"]);
    expect([exitCode, stdout.includes("dev")]).toEqual([0, true]);
    expect(strangers(cli)).toEqual([]);
  });
});

describe.runIf(me === 0)("another user in the state folder of root, who has the right to use Docker", () => {
  /** A stack of root's that stands; the fake programs are the student's. */
  function standing(text?: string): CommandLine {
    const cli = new CommandLine({ pulumi: pulumiWith(ACCESS), docker: dockerWith("dev") });
    (readdirSync(cli.folder, { recursive: true }) as readonly string[]).forEach((name) =>
      chownSync(join(cli.folder, name), STUDENT, STUDENT),
    );
    chownSync(cli.folder, STUDENT, STUDENT);
    cli.addStack("dev", text);
    chmodSync(join(cli.state, MARKER_FILE), 0o600);
    return cli;
  }

  const asStudent = (cli: CommandLine, ...words: readonly string[]) =>
    cli.run(words, { HOME: cli.folder }, cli.folder, STUDENT);
  const refused = (cli: CommandLine, file: string) =>
    `${file} may not be read; ${cli.state}: the state folder is root's, and this is user 432100; run it as root, or name a folder of your own in ISTIO_LAB_STATE`;

  it.each([
    ["stands", undefined],
    ["is half built", checkpoint(undefined)],
  ])("is not told that a lab is gone or incomplete whose state may not be read: one that %s", async (_title, text) => {
    const cli = standing(text);
    const { exitCode, stdout, stderr } = await asStudent(cli, "list", "--json");
    const problem = refused(cli, join(cli.state, MARKER_FILE));
    expect([exitCode, stderr]).toEqual([1, `stack dev: ${problem}\n`]);
    expect(JSON.parse(stdout)).toEqual([{ stack: "dev", lab: "", state: "unknown", changed: "never", problem }]);
  });

  it("is told which state may not be read, and not that it is damaged", async () => {
    const cli = standing();
    chmodSync(join(cli.state, MARKER_FILE), 0o644);
    chmodSync(cli.stateFile("dev"), 0o600);
    const list = await asStudent(cli, "list", "--json");
    const problem = refused(cli, cli.stateFile("dev"));
    expect(JSON.parse(list.stdout)).toMatchObject([{ state: "unknown", problem }]);
    const { exitCode, stdout, stderr } = await asStudent(cli, "inspect", "--stack", "dev");
    expect([exitCode, stdout, stderr]).toEqual([1, "", `stack dev: nothing is known of it: ${problem}\n`]);
  });

  it("is not told that there is no lab if the stacks' folder may not be read", async () => {
    const cli = standing();
    chmodSync(join(cli.state, ".pulumi"), 0o700);
    const { exitCode, stdout, stderr } = await asStudent(cli, "list");
    const folder = join(cli.state, ".pulumi", "stacks", "istio-lab");
    expect([exitCode, stdout, stderr]).toEqual([1, "", `${refused(cli, folder)}\n`]);
  });
});
