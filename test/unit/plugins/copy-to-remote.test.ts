import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyToRemote } from "../../../infra/toolchain/plugins/command/remote/copy-to-remote";
import type { Operation } from "../../../infra/toolchain/plugins/command/resource";
import { Archive, Asset, type PropertyMap } from "../../../infra/toolchain/plugins/rpc/property-value";
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

function operation(): Operation {
  const log = { log: () => undefined, flush: async () => undefined, close: () => undefined };
  return { log, urn: "urn:test", signal: new AbortController().signal };
}

function inputs(source: Asset | Archive, remotePath: string): PropertyMap {
  const connection = { host: "127.0.0.1", port: server.port, privateKey: user.privateKey, dialErrorLimit: 0 };
  return { connection, source, remotePath };
}

function create(source: Asset | Archive, remotePath: string): Promise<PropertyMap> {
  return copyToRemote.create(inputs(source, remotePath), operation());
}

function local(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function remote(path: string): string {
  return readFileSync(join(there, path), "utf8");
}

describe("copying to a remote machine", () => {
  it("writes a text asset and makes the folders above it", async () => {
    await create(new Asset({ text: "hello\n" }), "/etc/deep/greeting");
    expect(remote("etc/deep/greeting")).toBe("hello\n");
  });

  it("refuses a text asset for a folder", async () => {
    mkdirSync(join(there, "etc"));
    await expect(create(new Asset({ text: "x" }), "/etc")).rejects.toThrow(
      "remote path /etc is a directory; when using a text asset, remotePath must be a file path",
    );
  });

  it.each([
    ["nothing", "/new/file", "new/file"],
    ["a folder", "/etc", "etc/source"],
    ["a file", "/etc/old", "etc/old"],
  ])("copies a file onto %s", async (_what, path, result) => {
    mkdirSync(join(there, "etc"));
    writeFileSync(join(there, "etc/old"), "a longer old text");
    await create(new Asset({ path: local("source", "new text") }), path);
    expect(remote(result)).toBe("new text");
  });

  it("copies an empty file", async () => {
    await create(new Asset({ path: local("empty", "") }), "/empty");
    expect(remote("empty")).toBe("");
  });

  it.each([
    ["", "target/tree"],
    ["/", "target"],
  ])("copies a folder, given with '%s' at the end, into %s", async (end, result) => {
    mkdirSync(join(folder, "tree/sub"), { recursive: true });
    local("tree/a", "A");
    local("tree/sub/b", "B");
    await create(new Archive({ path: join(folder, "tree") + end }), "/target");
    expect([remote(`${result}/a`), remote(`${result}/sub/b`)]).toEqual(["A", "B"]);
  });

  it("refuses to put a folder in the place of a file", async () => {
    mkdirSync(join(folder, "tree"));
    mkdirSync(join(there, "target"));
    writeFileSync(join(there, "target/tree"), "file");
    await expect(create(new Archive({ path: join(folder, "tree") }), "/target")).rejects.toThrow(
      "remote path /target/tree exists but is not a directory",
    );
  });

  it("says which file of this machine is missing", async () => {
    await expect(create(new Asset({ path: "/no/such" }), "/x")).rejects.toThrow(
      "open /no/such: no such file or directory",
    );
  });

  it.each([
    ["another hash", "two", "/file", true],
    ["another path", "one", "/other", true],
    ["the same hash and path", "one", "/file", false],
  ])("on an update with %s copies: %4$s", async (_what, hash, remotePath, copies) => {
    const path = local("source", "text");
    const olds = inputs(new Asset({ path, hash: "one" }), "/file");
    await copyToRemote.update(olds, inputs(new Asset({ path, hash }), remotePath), operation());
    expect(existsSync(join(there, remotePath))).toBe(copies);
  });

  it.each([
    [new Asset({ uri: "https://example.com/x" }), "asset must be a path-based file asset or a text asset"],
    [new Archive({ assets: {} }), "archive must be a path to a file or directory"],
  ])("refuses a source that is no file of this machine", (source, reason) => {
    expect(copyToRemote.check?.({ source }).map((failure) => failure.reason)).toEqual([reason]);
  });

  it("copies 20 MB byte for byte and closes its connection", async () => {
    const contents = Buffer.alloc(20_000_003, "0123456789abcdef-");
    const path = join(folder, "large");
    writeFileSync(path, contents);
    await create(new Asset({ path }), "/large");
    const hash = (data: Buffer): string => createHash("sha256").update(data).digest("hex");
    expect(hash(readFileSync(join(there, "large")))).toBe(hash(contents));
    await expect.poll(() => server.open()).toBe(0);
  });
});
