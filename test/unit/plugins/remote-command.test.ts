import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Properties } from "../../../infra/toolchain/plugins/command/properties";
import { describeExit, remoteCommand } from "../../../infra/toolchain/plugins/command/remote-command";
import { refusedPort } from "../../support/refused-port";
import { makeKey, makeRsaKey, startSshServer, type SshServer } from "../../support/ssh-server";

const user = makeKey();
const shown: string[] = [];
let server: SshServer | undefined;
let cancel = new AbortController();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "istio-lab-remote-"));
  shown.length = 0;
  cancel = new AbortController();
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function start(authorizedKey = user.publicKey): Promise<SshServer> {
  server = await startSshServer({ authorizedKey });
  return server;
}

/** @param more what of the connection is otherwise */
function create(command: string, more: Properties = {}, stdin = ""): Promise<Properties> {
  const connection = {
    ...{ host: "127.0.0.1", port: server?.port ?? 1, user: "root", privateKey: user.privateKey },
    ...{ hostKey: server?.hostKey ?? user.publicKey, dialErrorLimit: 0, perDialTimeout: 5, ...more },
  };
  const operation = { show: (line: string) => void shown.push(line), signal: cancel.signal };
  return remoteCommand.create({ connection, create: command, stdin }, operation);
}

describe("a remote command", () => {
  it("runs with its stdin and gives both outputs without the last line end", async () => {
    await start();
    expect(await create("cat; echo; echo warning >&2", {}, "line")).toEqual({ stdout: "line", stderr: "warning" });
  });

  it("says what failed as the official provider does", async () => {
    await start();
    await expect(create('echo "no\tgood"; exit 3')).rejects.toThrow(
      'Process exited with status 3: running "echo \\"no\\tgood\\"; exit 3":\nno\tgood\n',
    );
  });

  it("names the signal that ended it", async () => {
    await start();
    await expect(create("kill -TERM $$")).rejects.toThrow(
      'Process exited with status 143 from signal TERM: running "kill -TERM $$":\n',
    );
  });

  it.each([
    [0, undefined, undefined, undefined],
    [3, undefined, undefined, "Process exited with status 3"],
    [null, "TERM", "", "Process exited with status 143 from signal TERM"],
    [null, "SIGKILL", "out of memory", "Process exited with status 137 from signal KILL. Reason was: out of memory"],
  ])("ends with code %s and signal %s", (code, signal, message, text) => {
    expect(describeExit(code, signal, message)).toBe(text);
  });

  it("takes a line of 300 KB", async () => {
    await start();
    expect((await create("head -c 300000 /dev/zero | tr '\\0' x"))["stdout"]).toHaveLength(300_000);
  });

  it("closes its connection", async () => {
    const running = await start();
    await create("true");
    await expect.poll(() => running.open()).toBe(0);
  });

  it("ends the command when it is cancelled, by a signal", async () => {
    const running = await start();
    const ended = create(`trap 'touch ${folder}/stopped; exit 0' TERM; touch ${folder}/on; sleep 300 & wait`);
    await expect.poll(() => existsSync(join(folder, "on")), { interval: 1 }).toBe(true);
    cancel.abort(new Error("the operation was cancelled"));
    await expect(ended).rejects.toThrow("the operation was cancelled");
    await expect.poll(() => running.open()).toBe(0);
    await expect.poll(() => existsSync(join(folder, "stopped"))).toBe(true);
  });

  it("fails if the connection breaks under it", async () => {
    const running = await start();
    const broken = create(`touch ${folder}/on; exec sleep 300`);
    await expect.poll(() => existsSync(join(folder, "on"))).toBe(true);
    running.breakConnections();
    await expect(broken).rejects.toThrow(
      /^wait: remote command exited without exit status or exit signal: running|^ssh: connection lost$/,
    );
  });
});

describe("logging in", () => {
  it("works with an RSA key", async () => {
    const key = makeRsaKey();
    await start(key.publicKey);
    expect(await create("echo in", { privateKey: key.privateKey })).toMatchObject({ stdout: "in" });
  });

  it("takes a host key with a comment", async () => {
    const { hostKey } = await start();
    expect(await create("echo in", { hostKey: `${hostKey} root@forum` })).toMatchObject({ stdout: "in" });
  });

  it("refuses another host key at once, and says both", async () => {
    const { hostKey, port } = await start();
    const other = makeKey().publicKey;
    const [has, wants] = [hostKey, other].map((line) => line.split(" ")[1]);
    await expect(create("true", { hostKey: other, dialErrorLimit: 10 })).rejects.toThrow(
      `ssh: host key mismatch: 127.0.0.1:${port} has ${has}, hostKey says ${wants}`,
    );
    expect([server?.logins(), shown]).toEqual([0, []]);
  });

  it("refuses a server that has no key of the expected type", async () => {
    await start();
    await expect(create("true", { hostKey: makeRsaKey().publicKey })).rejects.toThrow(
      "after 0 failed attempts: ssh root@",
    );
    expect(server?.logins()).toBe(0);
  });

  it("says that it cannot log in", async () => {
    const { port } = await start(makeKey().publicKey);
    await expect(create("true")).rejects.toThrow(
      `after 0 failed attempts: ssh root@127.0.0.1:${port}: All configured authentication methods failed`,
    );
  });

  it("tries again until the server is there", async () => {
    const { port } = await start();
    // Nobody is at home at first; a port that is closed for a while might get another owner meanwhile.
    const door = createServer((socket) => {
      socket.on("error", () => undefined);
      if (shown.length < 2) {
        socket.destroy();
      } else {
        socket.pipe(connect(port, "127.0.0.1")).pipe(socket);
      }
    });
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    try {
      const more = { port: (door.address() as AddressInfo).port, dialErrorLimit: 10 };
      expect(await create("echo in", more)).toMatchObject({ stdout: "in" });
    } finally {
      door.close();
    }
    expect(shown).toEqual(["Dial 1/10 failed: retrying", "Dial 2/10 failed: retrying"]);
  });

  it("gives up after the limit", async () => {
    const port = await refusedPort();
    await expect(create("true", { port, dialErrorLimit: 2 })).rejects.toThrow(
      `after 2 failed attempts: ssh root@127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
    expect(shown).toEqual(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]);
  });

  it("gives up on a server that says nothing", async () => {
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    try {
      const more = { port: (mute.address() as AddressInfo).port, perDialTimeout: 0.2 };
      await expect(create("true", more)).rejects.toThrow("Timed out while waiting for handshake");
    } finally {
      mute.close();
    }
  });

  it("stops when it is cancelled", async () => {
    const port = await refusedPort();
    const waiting = create("true", { port, dialErrorLimit: 100 });
    await expect.poll(() => shown.length).toBeGreaterThan(0);
    cancel.abort(new Error("the operation was cancelled"));
    await expect(waiting).rejects.toThrow();
  });

  it.each([
    ["privateKey", "not a key"],
    ["hostKey", "10.0.0.1 nonsense"],
  ])("refuses a bad %s before it dials", async (name, value) => {
    await start();
    await expect(create("true", { [name]: value, dialErrorLimit: 10 })).rejects.toThrow(
      `ssh: ${name} is no key that can be read: `,
    );
    expect(shown).toEqual([]);
  });
});
