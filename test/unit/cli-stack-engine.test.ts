import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { openSession } from "../../lab/cli/pulumi/session";
import { assertSameEngine, noteEngine } from "../../lab/cli/stack/stack-engine";
import { removeStackFiles } from "../../lab/cli/stack/stack-files";
import { ensureStackProject, stackProjectFolder } from "../../lab/cli/stack/stack-project";
import { ACCESS, CommandLine, pulumiWith } from "../support/command-line";
import { FakeBin } from "../support/fake-bin";
import { testFolder } from "../support/test-folder";

let folder: string;
const note = () => join(stackProjectFolder("dev"), "engine.json");

/** An engine that answers to `docker info`, or none. */
function setEngine(info: readonly string[] | undefined): void {
  const { folder: bin } = new FakeBin({ docker: info ? `echo '${info.join(" ")}'` : "exit 1" });
  vi.stubEnv("PATH", `${join(bin, "bin")}:/usr/bin:/bin`);
}

beforeEach(() => {
  folder = testFolder();
  vi.stubEnv("ISTIO_LAB_STATE", join(folder, "state"));
  vi.stubEnv("DOCKER_HOST", "");
  vi.stubEnv("DOCKER_CONTEXT", "");
  vi.stubEnv("DOCKER_CONFIG", folder);
  ensureStackProject("dev");
});

describe("a stack that was built on one engine", () => {
  beforeEach(async () => {
    setEngine(["ID-1", "laptop"]);
    await noteEngine(openSession("dev"));
  });

  it.each([
    ["the same engine", ["ID-1", "laptop"]],
    ["the same engine on a machine of another name", ["ID-1", "tower"]],
    ["an engine that does not answer, which others say", undefined],
    ["an engine without an id", ["", "laptop"]],
  ])("is worked on with %s", async (_, info) => {
    setEngine(info);
    await expect(assertSameEngine(openSession("dev"))).resolves.toBeUndefined();
  });

  it.each([
    [
      "DOCKER_HOST",
      "tcp://192.0.2.1:2375",
      "the Docker engine at DOCKER_HOST=tcp://192.0.2.1:2375",
      "unset DOCKER_HOST",
    ],
    ["DOCKER_CONTEXT", "colima", 'the Docker context "colima"', "unset DOCKER_CONTEXT"],
  ])("is refused with the one that %s names", async (variable, value, name, remedy) => {
    vi.stubEnv(variable, value);
    setEngine(["ID-2", "server"]);
    await expect(assertSameEngine(openSession("dev"))).rejects.toThrow(
      `stack dev: its containers are on the default engine of this machine (laptop), and this is ${name} (server); ${remedy}. ` +
        `If that engine is gone for good, remove ${note()}`,
    );
  });

  it("stays on it, whatever engine is there later", async () => {
    setEngine(["ID-2", "server"]);
    await noteEngine(openSession("dev"));
    await expect(assertSameEngine(openSession("dev"))).rejects.toThrow("its containers are on");
  });

  it("takes a damaged note for none", async () => {
    writeFileSync(note(), "{");
    setEngine(["ID-2", "server"]);
    await expect(assertSameEngine(openSession("dev"))).resolves.toBeUndefined();
  });

  it("takes its note with it", () => {
    removeStackFiles(openSession("dev"), new Set());
    expect(existsSync(note())).toBe(false);
  });
});

describe("a stack that was built on an engine that the user has named", () => {
  it("names it to somebody who uses the default one", async () => {
    vi.stubEnv("DOCKER_CONTEXT", "colima");
    setEngine(["ID-1", "colima"]);
    await noteEngine(openSession("dev"));
    vi.stubEnv("DOCKER_CONTEXT", "");
    setEngine(["ID-2", "laptop"]);
    await expect(assertSameEngine(openSession("dev"))).rejects.toThrow(
      'on the Docker context "colima" (colima), and this is the default engine of this machine (laptop); use the Docker context "colima". If',
    );
  });
});

describe("verify, whose commands need the lab's containers,", () => {
  const docker = `case "$1" in info) echo "ID-2 server" ;; esac`;
  it.each([
    [
      "whose engine does not answer",
      "echo 'Cannot connect to the Docker daemon' >&2; exit 1",
      "docker ps: Cannot connect to the Docker daemon; start the engine: npm run lab -- setup\n",
    ],
    [
      "on another engine than its own",
      docker,
      expect.stringMatching(
        /^stack dev: its containers are on the default engine of this machine \(laptop\), and/,
      ) as string,
    ],
  ])("does not begin with a lab %s", async (_, body, message) => {
    const cli = new CommandLine({ pulumi: pulumiWith(ACCESS), docker: body });
    cli.addStack("dev");
    vi.stubEnv("ISTIO_LAB_STATE", cli.state);
    setEngine(["ID-1", "laptop"]);
    ensureStackProject("dev");
    await noteEngine(openSession("dev"));
    const run = await cli.run(["verify"]);
    expect(run).toEqual({ exitCode: 1, stdout: "", stderr: message });
    expect(cli.calls().filter((call) => !/^(pulumi|docker) /.test(call))).toEqual([]);
  });
});

describe("a stack without a note", () => {
  it.each([
    ["if no engine answers", undefined],
    ["if the engine has no id", ["", "laptop"]],
  ])("gets none %s, and works", async (_, info) => {
    setEngine(info);
    await noteEngine(openSession("dev"));
    expect(existsSync(note())).toBe(false);
    await expect(assertSameEngine(openSession("dev"))).resolves.toBeUndefined();
  });

  it("gets one for the user's eyes only", async () => {
    setEngine(["ID-1", "laptop"]);
    await noteEngine(openSession("dev"));
    expect(JSON.parse(readFileSync(note(), "utf8"))).toEqual({ id: "ID-1", host: "laptop" });
  });
});
