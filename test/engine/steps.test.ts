import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { Engine } from "../support/engine";
import { makeKey, startSshServer, type SshServer } from "../support/ssh-server";

const user = makeKey();
const runner = join(process.cwd(), "infra", "exec", "runner.ts");
const shapes = join(process.cwd(), "infra", "exec", "step-output.ts");
let hostile: string;
let engine: Engine;
let server: SshServer;

beforeAll(async () => {
  hostile = mkdtempSync(join(tmpdir(), "istio-lab-hostile-"));
  writeFileSync(join(hostile, "noise.sh"), "echo noise; echo noise >&2\n");
  engine = await Engine.start(["pulumi-resource-command"], { BASH_ENV: join(hostile, "noise.sh") });
  server = await startSshServer({ authorizedKey: user.publicKey, files: hostile });
  const { runtime } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
    runtime: { options: { nodeargs: string; typescript: boolean } };
  };
  const nodeargs = runtime.options.nodeargs.replaceAll("./infra/", `${join(process.cwd(), "infra")}/`);
  const project = { name: "engine-test", runtime: { name: "nodejs", options: { ...runtime.options, nodeargs } } };
  writeFileSync(join(engine.folder, "project", "Pulumi.yaml"), stringify(project));
});

afterAll(async () => {
  await server.close();
  engine.close();
  rmSync(hostile, { recursive: true, force: true });
});

/** A program with this project's runners. */
function program(text: string): void {
  const connection = {
    ...{ host: "127.0.0.1", port: server.port, user: "root", privateKey: user.privateKey, hostKey: server.hostKey },
    ...{ dialErrorLimit: 1, perDialTimeout: 5 },
  };
  engine.program(`
    const { LocalRunner, RemoteRunner } = require(${JSON.stringify(runner)});
    const { EPOCH, PRIVATE_KEY, PUBLIC_KEY } = require(${JSON.stringify(shapes)});
    const local_ = new LocalRunner();
    const host = new RemoteRunner(${JSON.stringify(connection)}, "machine-1");
    ${text}`);
}

describe("steps under the real engine", () => {
  it("keep what their scripts print, whatever the user's shell would add, and run once", async () => {
    const text = `
      const began = local_.step("began", { create: "epoch.sh", rerunOn: [""], identity: [], output: EPOCH });
      const key = local_.step("key", { create: "ssh-key-ensure.sh", delete: "ssh-key-remove.sh",
        environment: { KEY_FILE: "${join(hostile, "state", "key")}" }, identity: [], output: PRIVATE_KEY });
      exports.began = began.stdout;`;
    program(text);
    const first = await engine.up();
    expect([first.code, [...first.steps].sort()], first.output).toEqual([0, ["create began", "create key"]]);
    expect(await engine.outputs()).toEqual({ began: expect.stringMatching(/^\d+$/) as string });
    const [, secret = ""] = readFileSync(join(hostile, "state", "key"), "utf8").split("\n");
    expect(secret).toMatch(/^\S{70}$/);
    expect(first.output + (await engine.exported())).not.toContain(secret);
    expect((await engine.up()).steps).toEqual([]);
    expect((await engine.destroy()).code).toBe(0);
  });

  it("run their create again, and no delete, if what they rerun on changes", async () => {
    const file = join(hostile, "rerun", "key");
    const withVersion = (version: string) =>
      program(`
        local_.step("key", { create: "ssh-key-ensure.sh", delete: "ssh-key-remove.sh", output: PRIVATE_KEY,
          environment: { KEY_FILE: "${file}" }, identity: [], rerunOn: ["${version}"] });`);
    withVersion("1");
    expect((await engine.up()).code).toBe(0);
    const key = readFileSync(file, "utf8");
    rmSync(`${file}.pub`);
    withVersion("2");
    expect((await engine.up()).steps).toEqual(["update key"]);
    expect([readFileSync(file, "utf8"), existsSync(`${file}.pub`)]).toEqual([key, true]);
    await engine.destroy();
  });

  it("tell of a failure their script's name and its words, and never its text", async () => {
    program(`
      local_.step("public", { create: "public-key.sh", environment: { KEY_FILE: "/none" }, identity: [], output: PUBLIC_KEY });
      host.step("setup", { create: "public-key.sh", environment: { KEY_FILE: "/none" }, identity: [] });`);
    const { code, output } = await engine.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /error: exit status 255: running "public-key\.sh":\n\s+.*\/none.*: No such file or directory/,
    );
    expect(output).toMatch(
      /error: Process exited with status \d+: running "exec sudo -n bash --norc -pc .* public-key\.sh":\n/,
    );
    expect(output).not.toMatch(/pipefail|noise/);
    await engine.destroy();
  });
});
