import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let project: string;
const file = (...path: string[]) => join(project, ...path);
const npmCalls = () => (existsSync(file("npm.log")) ? readFileSync(file("npm.log"), "utf8").trim().split("\n") : []);

/** What npm leaves behind when an installation is whole. */
const account = (version: string) => JSON.stringify({ packages: { "node_modules/left": { version } } });
const lock = (version: string) =>
  JSON.stringify({
    packages: { "": {}, "node_modules/left": { version }, "node_modules/other-os": { version: "1", optional: true } },
  });

/** A project with one package, and an npm that takes a while and writes down how it was called. */
beforeEach(() => {
  // The bootstrap names its lock after the real path.
  project = realpathSync(mkdtempSync(join(tmpdir(), "istio-lab-bootstrap-")));
  mkdirSync(file("lab", "cli"), { recursive: true });
  mkdirSync(file("bin"));
  copyFileSync("lab/cli/bootstrap.mjs", file("lab", "cli", "bootstrap.mjs"));
  copyFileSync("lab/typescript.cjs", file("lab", "typescript.cjs"));
  copyFileSync("lab/lean-sdk.cjs", file("lab", "lean-sdk.cjs"));
  writeFileSync(file("package.json"), JSON.stringify({ engines: { node: ">=20.19" } }));
  writeFileSync(file("package-lock.json"), lock("1.0.0"));
  writeFileSync(file("hello.mjs"), 'console.log("hello", ...process.argv.slice(2));\n');
  fakeNpm(`sleep 0.5; mkdir -p node_modules; printf '%s' '${account("1.0.0")}' >node_modules/.package-lock.json`);
});
afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

function fakeNpm(body: string): void {
  writeFileSync(file("bin", "npm"), `#!/usr/bin/env bash\necho "$*" >>'${file("npm.log")}'\n${body}\n`);
  chmodSync(file("bin", "npm"), 0o755);
}

function run(...words: string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const path = `${file("bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH: path, ISTIO_LAB_CACHE: file("cache") };
  const child = spawn(process.execPath, [file("lab", "cli", "bootstrap.mjs"), ...words], { cwd: tmpdir(), env });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
const hello = () => run("--run", "hello.mjs", "a", "b");

describe("the bootstrap", () => {
  it("installs what the lock file names, then runs the script with its arguments", async () => {
    const { exitCode, stdout } = await hello();
    expect([exitCode, stdout]).toEqual([0, "hello a b\n"]);
    expect(npmCalls()).toEqual(["ci --no-audit --no-fund --loglevel=error"]);
    expect(readdirSync(file("cache"))).toEqual([]);
  });

  it("installs nothing the second time", async () => {
    await hello();
    await hello();
    expect(npmCalls()).toHaveLength(1);
  });

  it("installs again when the lock file has changed", async () => {
    await hello();
    writeFileSync(file("package-lock.json"), lock("2.0.0"));
    await hello();
    expect(npmCalls()).toHaveLength(2);
  });

  it("takes packages that the user has installed, and those alone", async () => {
    mkdirSync(file("node_modules"));
    writeFileSync(file("node_modules", ".package-lock.json"), account("1.0.0"));
    await hello();
    expect(npmCalls()).toEqual([]);
    writeFileSync(file("package-lock.json"), lock("2.0.0"));
    await hello();
    expect(npmCalls()).toHaveLength(1);
  });

  it("installs once where two start at the same time", async () => {
    const both = await Promise.all([hello(), hello()]);
    expect(both.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
      [0, "hello a b\n"],
      [0, "hello a b\n"],
    ]);
    expect(npmCalls()).toHaveLength(1);
  });

  it("is not held up by the lock of a process that was killed", async () => {
    const dead = await new Promise<number>((resolve) => {
      const child = spawn("true");
      child.on("close", () => resolve(child.pid!));
    });
    mkdirSync(file("cache"));
    const name = `npm-${createHash("sha256").update(project).digest("hex").slice(0, 12)}.lock`;
    writeFileSync(file("cache", name), String(dead));
    expect((await hello()).exitCode).toBe(0);
    expect(readdirSync(file("cache"))).toEqual([]);
  });

  it("fails where npm fails, and tries again the next time", async () => {
    fakeNpm("echo 'npm error no network' >&2; exit 7");
    const { exitCode, stdout, stderr } = await hello();
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("npm error no network\nnpm ci failed with exit code 7; its message is above\n");
    await hello();
    expect(npmCalls()).toHaveLength(2);
  });

  it("refuses a Node.js that is too old before anything else", async () => {
    writeFileSync(file("package.json"), JSON.stringify({ engines: { node: ">=99.1" } }));
    const { exitCode, stderr } = await hello();
    const wanted = `node: ${process.versions.node} given, >=99.1 wanted; install a newer Node.js from https://nodejs.org/download\n`;
    expect([exitCode, stderr]).toEqual([1, wanted]);
    expect(npmCalls()).toEqual([]);
  });
});

describe("the command line", () => {
  const cli = (...words: string[]) => {
    const child = spawn(process.execPath, ["lab/cli/bootstrap.mjs", ...words], {
      env: { ...process.env, ISTIO_LAB_STATE: file("state"), ISTIO_LAB_CACHE: file("cache"), NO_COLOR: "1" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    return new Promise<readonly [number | null, string]>((resolve) => {
      child.on("close", (code) => resolve([code, output]));
    });
  };

  it.each([
    [["up", "nope"], 1, 'up: unknown lab "nope"; there is vm, multicluster, traffic-flow\n'],
    [
      ["up", "--stack", "../etc"],
      1,
      '--stack: "../etc" given; letters, digits, "-", "_" and "." are allowed, e.g. dev\n',
    ],
    [["list"], 0, "no lab stands; build one: npm run up\n"],
    [["list", "--json"], 0, "[]\n"],
  ] as const)("%j exits %i and says why in one line", async (words, exitCode, text) => {
    expect(await cli(...words)).toEqual([exitCode, text]);
    expect(existsSync(file("state"))).toBe(false);
  });

  it.each([
    [["frobnicate"], "error: unknown command 'frobnicate'"],
    [["up", "-c", "novalue"], "key=value wanted, e.g. -c portBase=31000"],
    [["exec", "k3s-s"], "error: missing required argument 'COMMAND'"],
  ])("%j is refused with a hint at --help", async (words, text) => {
    const [exitCode, output] = await cli(...words);
    expect(exitCode).toBe(1);
    expect(output).toContain(text);
    expect(output).toContain("(--help says more)");
  });

  it("has a --help with every verb", async () => {
    const [exitCode, output] = await cli("--help");
    expect(exitCode).toBe(0);
    const verbs = [...output.matchAll(/^ {2}([a-z]+)\b/gm)].map((match) => match[1]!);
    const files = readdirSync("lab/cli/verbs").map((name) => name.replace(/\.ts$/, ""));
    expect(files.filter((name) => !verbs.includes(name))).toEqual([]);
  });
});
