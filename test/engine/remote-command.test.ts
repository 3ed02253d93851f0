import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../support/engine";
import { makeKey, startSshServer, type SshServer } from "../support/ssh-server";

const user = makeKey();
let engine: Engine;
let server: SshServer;
let there: string;

beforeAll(async () => {
  engine = await Engine.start();
  there = join(engine.folder, "there");
  mkdirSync(there);
  server = await startSshServer({ authorizedKey: user.publicKey, files: there });
});

afterAll(async () => {
  await server.close();
  engine.close();
});

/** A program with a connection to the test's server, and what is given. */
function program(text: string): void {
  const connection = {
    ...{ host: "127.0.0.1", port: server.port, user: "root", privateKey: user.privateKey, hostKey: server.hostKey },
    ...{ dialErrorLimit: 1, perDialTimeout: 5 },
  };
  engine.program(`const connection = ${JSON.stringify(connection)};\n${text}`);
}

describe("remote commands and copies under the real engine", () => {
  it("come up, stay, change, copy again only what changed, and go", async () => {
    const source = join(engine.folder, "source");
    const lab = (command: string): void =>
      program(`
        const file = new remote.CopyToRemote("file", {
          connection, source: new pulumi.asset.FileAsset("${source}"), remotePath: "/file",
        });
        const a = new remote.Command("a", { connection, create: "${command}" }, { dependsOn: file });
        exports.out = a.stdout;
      `);
    writeFileSync(source, "one");
    lab(`cat ${there}/file`);
    const first = await engine.up();
    expect([first.code, first.steps]).toEqual([0, ["create file", "create a"]]);
    expect(await engine.outputs()).toEqual({ out: "one" });
    expect((await engine.up()).steps).toEqual([]);
    expect(server.logins()).toBe(2);

    writeFileSync(source, "two");
    lab("echo changed");
    expect((await engine.up()).steps).toEqual(["update file", "update a"]);
    expect(readFileSync(join(there, "file"), "utf8")).toBe("two");
    expect(await engine.outputs()).toEqual({ out: "changed" });

    const key = user.privateKey.split("\n")[1]!;
    expect(first.output + (await engine.exported())).not.toContain(key);

    expect([...(await engine.destroy()).steps].sort()).toEqual(["delete a", "delete file"]);
    await expect.poll(() => server.open()).toBe(0);
  });

  it("preview a machine that does not exist yet", async () => {
    const source = join(engine.folder, "source");
    writeFileSync(source, "x");
    program(`
      const machine = new local.Command("machine", { create: "echo 127.0.0.1" });
      const a = new remote.Command("a", { connection: { ...connection, host: machine.stdout }, create: "echo in" });
      new remote.CopyToRemote("file", {
        connection: { ...connection, host: machine.stdout }, source: new pulumi.asset.FileAsset("${source}"),
        remotePath: pulumi.interpolate\`/\${a.stdout}\`,
      });
    `);
    const logins = server.logins();
    const preview = await engine.preview();
    expect([preview.code, preview.steps]).toEqual([0, ["create machine", "create a", "create file"]]);
    expect(server.logins()).toBe(logins);
    expect((await engine.up()).code).toBe(0);
    expect(readFileSync(join(there, "in"), "utf8")).toBe("x");
    expect((await engine.destroy()).code).toBe(0);
  });
});
