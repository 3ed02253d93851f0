import { chownSync, lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assertOwnState } from "../../lab/cli/own-state";
import { ACCESS, CommandLine, pulumiWith } from "../support/command-line";

/** A user whom no machine has noted. */
const STUDENT = 432_100;
const me = process.getuid?.() ?? 0;

describe("a state folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "istio-lab-own-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
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
    [["bench", "vm"]],
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
