import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { remoteCommand } from "../../../infra/toolchain/plugins/command/remote/remote-command";
import type { Operation } from "../../../infra/toolchain/plugins/command/resource";
import type { LogMessage } from "../../../infra/toolchain/plugins/rpc/engine-log";
import type { PropertyMap } from "../../../infra/toolchain/plugins/rpc/property-value";
import { refusedPort } from "../../support/refused-port";
import { makeKey, makeRsaKey, startSshServer, type SshServer, type SshServerOptions } from "../../support/ssh-server";

const user = makeKey();
const messages: LogMessage[] = [];
let server: SshServer | undefined;
let cancel = new AbortController();

beforeEach(() => {
  messages.length = 0;
  cancel = new AbortController();
});

afterEach(async () => {
  await server?.close();
  server = undefined;
});

function operation(): Operation {
  const log = {
    log: (message: LogMessage) => void messages.push(message),
    flush: async () => undefined,
    close: () => undefined,
  };
  return { log, urn: "urn:test", signal: cancel.signal };
}

async function start(options: SshServerOptions = {}, hostKeys?: ReturnType<typeof makeKey>): Promise<SshServer> {
  server = await startSshServer({ authorizedKey: user.publicKey, ...options }, hostKeys);
  return server;
}

function connection(more: PropertyMap = {}): PropertyMap {
  return { host: "127.0.0.1", port: server?.port ?? 1, privateKey: user.privateKey, dialErrorLimit: 0, ...more };
}

function create(inputs: PropertyMap, more: PropertyMap = {}): Promise<PropertyMap> {
  return remoteCommand.create({ connection: connection(more), ...inputs }, operation());
}

describe("a remote command", () => {
  it("runs with its stdin and gives both outputs without the last line end", async () => {
    await start();
    const made = await create({ create: "cat; echo; echo warning >&2", stdin: "line" });
    expect(made).toEqual({ stdout: "line", stderr: "warning" });
  });

  it("shows whole lines while it runs, under its resource", async () => {
    await start();
    await create({ create: "printf 'one\\ntw'; sleep 0.1; echo o" });
    expect(messages).toEqual([
      { severity: "info", text: "one", urn: "urn:test", status: true },
      { severity: "info", text: "two", urn: "urn:test", status: true },
    ]);
  });

  it.each([
    ["none", []],
    ["stdout", ["out"]],
    ["stderr", ["err"]],
  ])("with logging %s shows %j", async (logging, shown) => {
    await start();
    await create({ create: "echo out; echo err >&2", logging });
    expect(messages.map((message) => message.text)).toEqual(shown);
  });

  it("says what failed as the official provider does", async () => {
    await start();
    await expect(create({ create: 'echo "no\tgood"; exit 3' })).rejects.toThrow(
      'Process exited with status 3: running "echo \\"no\\tgood\\"; exit 3":\nno\tgood\n',
    );
  });

  it("names the signal that ended it", async () => {
    await start();
    await expect(create({ create: "kill -TERM $$" })).rejects.toThrow(
      'Process exited with status 143 from signal TERM: running "kill -TERM $$":\n',
    );
  });

  it("runs create again on an update without update, with the last output in its environment", async () => {
    await start({ acceptEnv: ["PULUMI_COMMAND_STDOUT"] });
    const inputs = { connection: connection(), create: "echo was=$PULUMI_COMMAND_STDOUT" };
    const updated = await remoteCommand.update({ ...inputs, stdout: "before", stderr: "" }, inputs, operation());
    expect(updated).toEqual({ stdout: "was=before", stderr: "" });
  });

  it("only warns where the server does not take the last output", async () => {
    await start();
    const inputs = { connection: connection(), create: "echo was=$PULUMI_COMMAND_STDOUT" };
    const updated = await remoteCommand.update({ ...inputs, stdout: "before", stderr: "" }, inputs, operation());
    expect(updated["stdout"]).toBe("was=");
    expect(messages[0]?.severity).toBe("warning");
    expect(messages[0]?.text).toContain("Unable to set 'PULUMI_COMMAND_STDOUT'");
  });

  it("passes environment that the server accepts", async () => {
    await start({ acceptEnv: ["GREETING"] });
    expect(await create({ create: "echo $GREETING", environment: { GREETING: "hello" } })).toMatchObject({
      stdout: "hello",
    });
  });

  it("does not run where the server refuses its environment", async () => {
    await start({ acceptEnv: ["OTHER"] });
    const failed = create({ create: "echo ran >&2", environment: { GREETING: "hello" } });
    await expect(failed).rejects.toThrow('could not set environment variable "GREETING": ssh: setenv failed');
    expect(messages.map((message) => message.text)).not.toContain("ran");
  });

  it("takes a line of 300 KB", async () => {
    await start();
    const made = await create({ create: "head -c 300000 /dev/zero | tr '\\0' x" });
    expect(made["stdout"]).toHaveLength(300_000);
  });

  it("closes its connection", async () => {
    const running = await start();
    await create({ create: "true" });
    await expect.poll(() => running.open()).toBe(0);
  });

  it("ends the command when it is cancelled, by a signal", async () => {
    const running = await start();
    const folder = mkdtempSync(join(tmpdir(), "istio-lab-cancel-"));
    const ended = create({ create: `trap 'touch "${folder}/stopped"; exit 0' TERM; echo on; sleep 300 & wait` });
    await expect.poll(() => messages.length).toBe(1);
    cancel.abort();
    await expect(ended).rejects.toThrow("the operation was cancelled");
    await expect.poll(() => running.open()).toBe(0);
    await expect.poll(() => existsSync(join(folder, "stopped"))).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it("fails where the connection breaks under it", async () => {
    const running = await start();
    const broken = create({ create: "echo on; exec sleep 300" });
    await expect.poll(() => messages.length).toBe(1);
    running.breakConnections();
    await expect(broken).rejects.toThrow("wait: remote command exited without exit status or exit signal");
  });
});

describe("logging in", () => {
  it("works with a password", async () => {
    await start({ password: "word" });
    expect(await create({ create: "echo in" }, { privateKey: null, password: "word" })).toMatchObject({ stdout: "in" });
  });

  it.each([
    ["ed25519", makeKey],
    ["rsa", makeRsaKey],
  ])("accepts the expected %s host key", async (_type, make) => {
    const running = await start({}, make());
    expect(await create({ create: "echo in" }, { hostKey: `${running.hostKey} comment` })).toMatchObject({
      stdout: "in",
    });
  });

  it("refuses another host key at once, and says both", async () => {
    await start();
    const other = makeKey().publicKey;
    const failed = create({ create: "true" }, { hostKey: other, dialErrorLimit: 10 });
    await expect(failed).rejects.toThrow(
      /^ssh: handshake failed: ssh: host key mismatch: 127.0.0.1:\d+ has ssh-ed25519 /,
    );
    expect(server?.logins()).toBe(0);
    expect(messages).toEqual([]);
  });

  it("says that it cannot log in", async () => {
    await start({ authorizedKey: makeKey().publicKey });
    await expect(create({ create: "true" })).rejects.toThrow(
      "after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate as root, no supported methods remain",
    );
  });

  it("tries again until the server is there", async () => {
    const { port } = await start();
    // Nobody is at home at first; a port that is closed for a while might get another owner meanwhile.
    const door = createServer((socket) => {
      socket.on("error", () => undefined);
      if (messages.length < 2) {
        socket.destroy();
      } else {
        socket.pipe(connect(port, "127.0.0.1")).pipe(socket);
      }
    });
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    try {
      const more = { port: (door.address() as AddressInfo).port, dialErrorLimit: 10 };
      expect(await create({ create: "echo in" }, more)).toMatchObject({ stdout: "in" });
    } finally {
      door.close();
    }
    expect(messages.map(({ text }) => text)).toEqual([
      "Dial 1/10 failed: retrying",
      "Dial 2/10 failed: retrying",
      "in",
    ]);
  });

  it("gives up after the limit", async () => {
    const port = await refusedPort();
    await expect(create({ create: "true" }, { port, dialErrorLimit: 2 })).rejects.toThrow(
      `after 2 failed attempts: dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
    expect(messages.map((message) => message.text)).toEqual(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]);
  });

  it("goes through a proxy", async () => {
    const target = await start();
    const gate = await startSshServer({ authorizedKey: user.publicKey });
    const proxy = { host: "127.0.0.1", port: gate.port, privateKey: user.privateKey };
    try {
      expect(await create({ create: "echo in" }, { proxy })).toMatchObject({ stdout: "in" });
      expect([target.logins(), gate.logins()]).toEqual([1, 1]);
      await expect.poll(() => gate.open()).toBe(0);
    } finally {
      await gate.close();
    }
  });

  it.each([
    ["privateKey", "not a key", "ssh: cannot read the private key"],
    ["hostKey", "10.0.0.1 nonsense", "failed to parse host key"],
  ])("refuses a bad %s before it dials", async (name, value, message) => {
    await start();
    await expect(create({ create: "true" }, { [name]: value, dialErrorLimit: 10 })).rejects.toThrow(message);
    expect(messages).toEqual([]);
  });
});
