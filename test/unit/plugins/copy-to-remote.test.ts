import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyToRemote } from "../../../infra/toolchain/plugins/command/copy-to-remote";
import type { Properties } from "../../../infra/toolchain/plugins/command/properties";
import { makeKey, startSshServer, type SshServer } from "../../support/ssh-server";

const user = makeKey();
let folder: string;
let there: string;
let server: SshServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "istio-lab-copy-"));
  there = join(folder, "there");
  mkdirSync(there);
  server = await startSshServer({ authorizedKey: user.publicKey, files: there });
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function inputs(path: string, hash: string, remotePath: string): Properties {
  const connection = {
    ...{ host: "127.0.0.1", port: server.port, user: "root", privateKey: user.privateKey, hostKey: server.hostKey },
    ...{ dialErrorLimit: 0, perDialTimeout: 5 },
  };
  return { connection, source: { path, hash }, remotePath };
}

async function copy(news: Properties, signal = new AbortController().signal, olds?: Properties): Promise<void> {
  await copyToRemote.create(news, { show: () => undefined, signal }, olds);
}

function local(name: string, contents: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

describe("copying a file to a remote machine", () => {
  it.each([
    ["nothing", "new text"],
    ["a longer file", "new text"],
    ["nothing, and it is empty", ""],
  ])("writes it in place of %s", async (what, text) => {
    if (what === "a longer file") {
      writeFileSync(join(there, "file"), "a longer old text");
    }
    await copy(inputs(local("source", text), "one", "/file"));
    expect(readFileSync(join(there, "file"), "utf8")).toBe(text);
  });

  it.each([
    ["the file of this machine is missing", "/no/such", "/x", "cannot copy /no/such to /x: ENOENT"],
    ["the folder there is missing", undefined, "/no/such", "cannot copy "],
  ])("says that %s", async (_what, path, remotePath, message) => {
    await expect(copy(inputs(path ?? local("source", "x"), "one", remotePath))).rejects.toThrow(message);
  });

  it.each([
    ["another hash", "two", "/file", true],
    ["another path", "one", "/other", true],
    ["the same hash and path", "one", "/file", false],
  ])("on an update with %s (%s of %s) copies: %s", async (_what, hash, remotePath, copies) => {
    const path = local("source", "text");
    await copy(inputs(path, hash, remotePath), undefined, inputs(path, "one", "/file"));
    expect(existsSync(join(there, remotePath))).toBe(copies);
  });

  it("copies 20 MB byte for byte and closes its connection", async () => {
    const contents = Buffer.alloc(20_000_003, "0123456789abcdef-");
    await copy(inputs(local("large", contents), "one", "/large"));
    const hash = (data: Buffer): string => createHash("sha256").update(data).digest("hex");
    expect(hash(readFileSync(join(there, "large")))).toBe(hash(contents));
    await expect.poll(() => server.open()).toBe(0);
  });

  it("ends when it is cancelled, and closes its connection", async () => {
    const cancel = new AbortController();
    const copied = copy(inputs(local("large", Buffer.alloc(100_000_000)), "one", "/large"), cancel.signal);
    await expect.poll(() => existsSync(join(there, "large"))).toBe(true);
    cancel.abort(new Error("the operation was cancelled"));
    await expect(copied).rejects.toThrow("the operation was cancelled");
    await expect.poll(() => server.open()).toBe(0);
  });
});
