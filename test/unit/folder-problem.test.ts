import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderProblem } from "../../infra/core/folder-problem";
import { CommandLine } from "../support/command-line";
import { testFolder } from "../support/test-folder";

const env = { ISTIO_LAB_CACHE: "/lab/cache", ISTIO_LAB_STATE: "/lab/state" };
const error = (code: string, syscall: string, path: string) => Object.assign(new Error(code), { code, syscall, path });

describe("a folder of istio-lab that the system refuses", () => {
  it.each([
    [
      "EROFS",
      "mkdir",
      "/lab/cache",
      "/lab/cache: the cache folder cannot be used: read-only file system; name another one in ISTIO_LAB_CACHE",
    ],
    [
      "EACCES",
      "open",
      "/lab/cache/setup.json",
      "/lab/cache: the cache folder cannot be used: permission denied; name another one in ISTIO_LAB_CACHE",
    ],
    [
      "EACCES",
      "mkdir",
      "/lab",
      "/lab/cache: the cache folder cannot be used: permission denied; name another one in ISTIO_LAB_CACHE",
    ],
    [
      "ENOTDIR",
      "mkdir",
      "/lab/state/.projects",
      "/lab/state: the state folder cannot be used: there is a file instead of a folder; name another one in ISTIO_LAB_STATE",
    ],
    [
      "ENOENT",
      "mkdir",
      "/lab/state",
      "/lab/state: the state folder cannot be used: it cannot be made; name another one in ISTIO_LAB_STATE",
    ],
  ])("is named with the variable that names another one: %s of %s %s", (code, syscall, path, line) => {
    expect(folderProblem(error(code, syscall, path), env)).toBe(line);
  });

  it("names what is refused in a folder that is there", () => {
    const folder = testFolder();
    expect(folderProblem(error("EPERM", "open", join(folder, "a")), { ...env, ISTIO_LAB_CACHE: folder })).toBe(
      `${folder}: the cache folder cannot be used: ${folder}/a: operation not permitted; name another one in ISTIO_LAB_CACHE`,
    );
  });

  it.each([
    ["of another folder", error("EACCES", "open", "/lab/cachet/x")],
    ["of a file instead of a folder that is read", error("ENOTDIR", "scandir", "/lab/state/x")],
    ["of a file that is not there", error("ENOENT", "open", "/lab/cache/x")],
    ["without a path", Object.assign(new Error("EACCES"), { code: "EACCES" })],
    ["of the program", new TypeError("x is not a function")],
  ])("is not what an error tells %s", (_, thrown) => {
    expect(folderProblem(thrown, env)).toBeUndefined();
  });
});

describe("the command line", () => {
  /** A file in which no folder can be made, whoever tries. */
  const fileIn = (cli: CommandLine) => {
    const file = join(realpathSync(cli.folder), "home");
    mkdirSync(cli.folder, { recursive: true });
    writeFileSync(file, "");
    return file;
  };
  const reason = "there is a file instead of a folder; name another one in";

  it.each(["list", "inspect", "verify"])("says so in one line of its cache folder: %s", async (verb) => {
    const cli = new CommandLine();
    cli.addStack("dev");
    const home = fileIn(cli);
    const { exitCode, stderr } = await cli.run([verb], { HOME: home, ISTIO_LAB_CACHE: "" });
    expect([exitCode, stderr]).toEqual([
      1,
      `${home}/.cache/istio-lab: the cache folder cannot be used: ${reason} ISTIO_LAB_CACHE\n`,
    ]);
  });

  it("says so in one line of its state folder", async () => {
    const cli = new CommandLine();
    const home = fileIn(cli);
    const { exitCode, stdout, stderr } = await cli.run(["env"], { HOME: home, ISTIO_LAB_STATE: "" });
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      `${home}/.local/state/istio-lab: the state folder cannot be used: ${reason} ISTIO_LAB_STATE\n`,
    ]);
  });
});
