import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CapturedOutput, shownStreams } from "../../../infra/toolchain/plugins/command/captured-output";
import { findAssets, globToRegExp } from "../../../infra/toolchain/plugins/command/found-files";
import { goQuote } from "../../../infra/toolchain/plugins/command/go-quote";
import { runLocalProcess } from "../../../infra/toolchain/plugins/command/local-process";
import { backoffMilliseconds, givesUp } from "../../../infra/toolchain/plugins/command/remote/backoff";
import { readConnection } from "../../../infra/toolchain/plugins/command/remote/connection";
import { parseHostKey, sameHostKey } from "../../../infra/toolchain/plugins/command/remote/host-key";
import { describeExit } from "../../../infra/toolchain/plugins/command/remote/remote-process";
import { makeKey, makeRsaKey } from "../../support/ssh-server";

describe("quoting as Go does", () => {
  it.each([
    ["plain text", '"plain text"'],
    ['say "a\\b"', '"say \\"a\\\\b\\""'],
    ["a\n\tb\r", '"a\\n\\tb\\r"'],
    ["\x00\x1b\x7f", '"\\x00\\x1b\\x7f"'],
    ["grüße 日本 😀", '"grüße 日本 😀"'],
    ["\u00a0\u200b", '"\\u00a0\\u200b"'],
  ])("%j", (text, quoted) => {
    expect(goQuote(text)).toBe(quoted);
  });
});

describe("dialling again", () => {
  it("waits longer each time, and never longer than 5 s", () => {
    const waits = [1, 2, 3, 4, 10, 11, 50].map(backoffMilliseconds);
    expect(waits.map(Math.round)).toEqual([100, 150, 225, 338, 3844, 5000, 5000]);
  });

  it.each([
    [10, 10, false],
    [11, 10, true],
    [1, 0, true],
    [100_000, -1, false],
  ])("after %i failures with limit %i gives up: %s", (failures, limit, result) => {
    expect(givesUp(failures, limit)).toBe(result);
  });

  it("reads a connection with the official defaults", () => {
    const { user, port, dialErrorLimit, perDialTimeout, agentSocketPath, proxy } = readConnection(
      { connection: { host: "a" } },
      { SSH_AUTH_SOCK: "" },
    );
    expect({ user, port, dialErrorLimit, perDialTimeout, agentSocketPath, proxy }).toEqual({
      user: "root",
      port: 22,
      dialErrorLimit: 10,
      perDialTimeout: 15,
      agentSocketPath: undefined,
      proxy: undefined,
    });
  });

  it("takes the agent of the environment where none is given", () => {
    expect(readConnection({ connection: {} }, { SSH_AUTH_SOCK: "/run/agent" }).agentSocketPath).toBe("/run/agent");
  });
});

describe("host keys", () => {
  it.each([
    ["ssh-ed25519", makeKey().publicKey],
    ["ssh-rsa", makeRsaKey().publicKey],
  ])("of type %s are read with options and comment around them", (type, line) => {
    const key = parseHostKey(`from="10.0.0.1" ${line} root@forum`);
    expect(key.type).toBe(type);
    expect(sameHostKey(key, Buffer.from(line.split(" ")[1]!, "base64"))).toBe(true);
    expect(sameHostKey(key, Buffer.from(makeKey().publicKey.split(" ")[1]!, "base64"))).toBe(false);
  });

  it.each(["", "ssh-ed25519", "ssh-ed25519 AAAA", "SHA256:abcdef", `ssh-rsa ${makeKey().publicKey.split(" ")[1]!}`])(
    "%j is none",
    (line) => {
      expect(() => parseHostKey(line)).toThrow("failed to parse host key: ssh: no key found");
    },
  );
});

describe("the end of a remote command", () => {
  it.each([
    [0, undefined, undefined, undefined],
    [3, undefined, undefined, "Process exited with status 3"],
    [null, "TERM", "", "Process exited with status 143 from signal TERM"],
    [null, "SIGKILL", "out of memory", "Process exited with status 137 from signal KILL. Reason was: out of memory"],
  ])("with code %s and signal %s", (code, signal, message, text) => {
    expect(describeExit(code, signal, message)).toBe(text);
  });
});

describe("captured output", () => {
  it("shows whole lines whatever the chunks are, and keeps the order of both streams", () => {
    const lines: string[] = [];
    const output = new CapturedOutput(shownStreams(undefined), (line) => void lines.push(line));
    const euro = Buffer.from("€");
    output.add("stdout", Buffer.concat([Buffer.from("a"), euro.subarray(0, 1)]));
    output.add("stderr", Buffer.from("E\n"));
    output.add("stdout", Buffer.concat([euro.subarray(1), Buffer.from("\r\n\nlast")]));
    output.end();
    expect(lines).toEqual(["E", "a€", "", "last"]);
    expect([output.text("stdout"), output.text("stderr")]).toEqual(["a€\r\n\nlast", "E"]);
    expect(output.interleaved()).toContain("E\n");
  });
});

describe("finding files", () => {
  it.each([
    ["*.js", "a.js", true],
    ["*.js", "src/a.js", false],
    ["**.js", "src/a.js", true],
    ["src/**", "src/a/b", true],
    ["?.{js,ts}", "a.ts", true],
    ["?.{js,ts}", "ab.ts", false],
    ["[!a].js", "b.js", true],
    ["[!a].js", "a.js", false],
    ["a+b.js", "a+b.js", true],
    ["a.js", "axjs", false],
  ])("%s on %s: %s", (pattern, path, matches) => {
    expect(globToRegExp(pattern).test(path)).toBe(matches);
  });

  it("takes in and out in the order of the patterns", () => {
    const folder = mkdtempSync(join(tmpdir(), "istio-lab-files-"));
    try {
      mkdirSync(join(folder, "src"));
      for (const name of ["src/index.js", "src/secret.js", "readme"]) {
        writeFileSync(join(folder, name), name);
      }
      expect(Object.keys(findAssets(folder, ["src/**.js", "!**secret.*"]))).toEqual(["src/index.js"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a local process", () => {
  const run = (command: string, more: object = {}): Promise<{ stdout: string; stderr: string }> =>
    runLocalProcess({
      command,
      interpreter: ["/bin/sh", "-c"],
      dir: tmpdir(),
      environment: {},
      stdin: undefined,
      shown: { stdout: false, stderr: false },
      show: () => undefined,
      signal: new AbortController().signal,
      ...more,
    });

  it.each([
    [
      "a bad exit",
      "echo out; echo err >&2; exit 4",
      {},
      /^exit status 4: running "echo out; .*":\n(out\nerr|err\nout)\n$/,
    ],
    ["a signal", "kill -KILL $$", {}, /^signal: killed: running "kill -KILL \$\$":\n$/],
    [
      "a folder that is not there",
      "true",
      { dir: "/no/such" },
      /^chdir \/no\/such: no such file or directory: running "true":\n$/,
    ],
    [
      "an interpreter that is not there",
      "true",
      { interpreter: ["no-such"] },
      /^exec: "no-such": executable file not found in \$PATH: running "true":\n$/,
    ],
    [
      "an interpreter at a wrong path",
      "true",
      { interpreter: ["/no/such"] },
      /^fork\/exec \/no\/such: no such file or directory: running "true":\n$/,
    ],
  ])("says of %s what the official provider says", async (_what, command, more, message) => {
    await expect(run(command, more)).rejects.toThrow(message);
  });

  it("passes stdin, environment and folder, and cuts the last line end", async () => {
    const given = { stdin: "in", environment: { A: "1" }, dir: "/" };
    expect(await run("cat; echo $A; pwd; echo; echo e >&2", given)).toEqual({ stdout: "in1\n/\n", stderr: "e" });
  });

  it("may leave its stdin unread", async () => {
    expect(await run("true", { stdin: "x".repeat(1_000_000) })).toEqual({ stdout: "", stderr: "" });
  });

  it("ends with all that it started when it is cancelled, even when it ignores SIGTERM", async () => {
    const cancel = new AbortController();
    const running = run("trap '' TERM; sleep 300 & echo on; sleep 300", {
      signal: cancel.signal,
      shown: { stdout: true, stderr: false },
      show: () => cancel.abort(),
    });
    await expect(running).rejects.toThrow("signal: killed");
  });
});
