import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, uptime, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { transformSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import variables from "../../infra/core/child-variables.json";
import { allowsNode } from "../../lab/cli/node-range.mjs";

let project: string;
/** Variables of the run beside this process's own. */
let more: NodeJS.ProcessEnv;
const file = (...path: string[]) => join(project, ...path);
const npmCalls = () => (existsSync(file("npm.log")) ? readFileSync(file("npm.log"), "utf8").trim().split("\n") : []);

/** Bash that makes a package as npm would. */
const placed = (name: string, code = "") => {
  const folder = `node_modules/${name}`;
  return `mkdir -p ${folder}; echo '{"version":"1.0.0"}' >${folder}/package.json; echo '${code}' >${folder}/index.js`;
};
/** The compiler, as far as the look before the stamp goes. */
const ESBUILD = 'exports.transformSync = () => ({ code: "let a;\\n" });';
const BROKEN = 'throw new Error("other os")';
const wholeNpm = () =>
  `${placed("left")}; ${placed("esbuild", ESBUILD)}; printf '%s' '${account("1.0.0")}' >node_modules/.package-lock.json`;

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
  mkdirSync(file("infra", "core"), { recursive: true });
  mkdirSync(file("infra", "runtime"));
  for (const name of ["child-variables.json", "shortages.json"]) {
    copyFileSync(`infra/core/${name}`, file("infra", "core", name));
  }
  for (const name of ["bootstrap.mjs", "node-range.mjs"]) {
    copyFileSync(join("lab", "cli", name), file("lab", "cli", name));
  }
  copyFileSync("infra/runtime/typescript.cjs", file("infra", "runtime", "typescript.cjs"));
  copyFileSync("infra/runtime/lean-sdk.cjs", file("infra", "runtime", "lean-sdk.cjs"));
  writeFileSync(file("package.json"), JSON.stringify({ engines: { node: ">=20.19" } }));
  writeFileSync(file("package-lock.json"), lock("1.0.0"));
  writeFileSync(file("hello.mjs"), 'console.log("hello", ...process.argv.slice(2));\n');
  more = {};
  fakeNpm(`sleep 0.5; ${wholeNpm()}`);
});
afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

function fakeNpm(body: string): void {
  writeFileSync(file("bin", "npm"), `#!/usr/bin/env bash\necho "$*" >>'${file("npm.log")}'\n${body}\n`);
  chmodSync(file("bin", "npm"), 0o755);
}

interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (...words: string[]): Promise<Run> => start(...words).ending;

function start(...words: string[]) {
  const path = `${file("bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH: path, ISTIO_LAB_CACHE: file("cache"), ...more };
  const child = spawn(process.execPath, [file("lab", "cli", "bootstrap.mjs"), ...words], { cwd: tmpdir(), env });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const ending = new Promise<Run>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { child, ended, ending, said: () => stderr };
}
function deadProcess(): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn("true");
    child.on("close", () => resolve(child.pid!));
  });
}

const hello = () => run("--run", "hello.mjs", "a", "b");

describe("the bootstrap", () => {
  it("installs what the lock file names, then runs the script with its arguments", async () => {
    const { exitCode, stdout } = await hello();
    expect([exitCode, stdout]).toEqual([0, "hello a b\n"]);
    const flags = [...variables.npmFlags, `--os=${process.platform}`, `--cpu=${process.arch}`, "--loglevel=error"];
    expect(npmCalls()).toEqual([`ci ${flags.join(" ")}`]);
    expect(readdirSync(file("cache"))).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)("run by root, makes nothing in the home of another user", async () => {
    mkdirSync(file("home"));
    chownSync(file("home"), 432_100, 432_100);
    more = { ISTIO_LAB_CACHE: file("home", ".cache", "istio-lab") };
    expect((await hello()).exitCode).toBe(0);
    expect(readdirSync(file("home"))).toEqual([]);
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
    spawnSync("bash", ["-c", wholeNpm()], { cwd: project });
    await hello();
    expect(npmCalls()).toEqual([]);
    writeFileSync(file("package-lock.json"), lock("2.0.0"));
    await hello();
    expect(npmCalls()).toHaveLength(1);
  });

  it("installs once if two start at the same time", async () => {
    const both = await Promise.all([hello(), hello()]);
    expect(both.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
      [0, "hello a b\n"],
      [0, "hello a b\n"],
    ]);
    expect(npmCalls()).toHaveLength(1);
  });

  const STOPPED =
    "stopping npm ci; once more, e.g. by Ctrl-C, ends it at once\nstopped; the same command installs the packages again\n";
  it.each<[NodeJS.Signals, number | null, string]>([
    ["SIGINT", 130, STOPPED],
    ["SIGTERM", 130, STOPPED],
    ["SIGKILL", null, ""],
  ])("that %s ends takes npm along, or leaves it the lock until it has ended", async (signal, wanted, said) => {
    // What npm has started goes on for a moment, as its roll-back does.
    fakeNpm(
      `trap 'sleep 0.3; touch ended; exit 1' TERM; touch started; until [ -e go ]; do sleep 0.05; done; ${wholeNpm()}`,
    );
    const first = start("--run", "hello.mjs");
    await expect.poll(() => existsSync(file("started")), { timeout: 20_000, interval: 20 }).toBe(true);
    first.child.kill(signal);
    expect(await first.ended).toBe(wanted);
    // Bash, which stands for npm here, tells of the sleep that ends.
    expect([
      first.said().split("\n").slice(1).join("\n").replace("Terminated\n", ""),
      existsSync(file("ended")),
    ]).toEqual([said, signal !== "SIGKILL"]);
    const second = start("--run", "hello.mjs", "again");
    if (signal === "SIGKILL") {
      await expect.poll(() => second.said(), { timeout: 20_000 }).toContain("waiting for another istio-lab");
    }
    writeFileSync(file("go"), "");
    expect(await second.ending).toMatchObject({ exitCode: 0, stdout: "hello again\n" });
    expect([npmCalls().length, readdirSync(file("cache"))]).toEqual([signal === "SIGKILL" ? 1 : 2, []]);
  });

  it.each([
    ["of a process that was killed", () => deadProcess(), 0],
    [
      "of an earlier start of the machine, whose process id belongs to another one by now",
      () => process.pid,
      uptime() + 3600,
    ],
    ["that was never written to the end", () => "", 0],
  ])("is not held up by the lock %s", async (_title, content, ageSeconds) => {
    mkdirSync(file("cache"));
    const name = `npm-${createHash("sha256").update(project).digest("hex").slice(0, 12)}.lock`;
    writeFileSync(file("cache", name), String(await content()));
    const then = Date.now() / 1000 - ageSeconds;
    utimesSync(file("cache", name), then, then);
    expect((await hello()).exitCode).toBe(0);
    expect(readdirSync(file("cache"))).toEqual([]);
  });

  it.each([
    ["a package", () => placed("esbuild", ESBUILD), "1 packages are missing, node_modules/left among them"],
    ["a compiler that starts", () => placed("left"), "esbuild does not start: Cannot find module 'esbuild'"],
    [
      "a compiler that works",
      () => `${placed("left")}; ${placed("esbuild", BROKEN)}`,
      "esbuild does not start: other os",
    ],
  ])("keeps no installation without %s, and tries again the next time", async (_, made, problem) => {
    fakeNpm(`${made()}; printf '%s' '${account("1.0.0")}' >node_modules/.package-lock.json`);
    const { exitCode, stdout, stderr } = await hello();
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr.split("\n")[1]).toBe(
      `node_modules: ${problem}; remove the folder ${file("node_modules")} and run this again`,
    );
    fakeNpm(wholeNpm());
    expect((await hello()).exitCode).toBe(0);
    expect(npmCalls()).toHaveLength(2);
  });

  it("installs over packages that the user has installed without the compiler's own", async () => {
    writeFileSync(file("package-lock.json"), lock("1.0.0"));
    spawnSync("bash", ["-c", `${wholeNpm()}; ${placed("esbuild", BROKEN)}`], { cwd: project });
    expect((await hello()).exitCode).toBe(0);
    expect(npmCalls()).toHaveLength(1);
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    [
      "variables",
      { NODE_ENV: "production", npm_config_omit: "optional", npm_config_dry_run: "true", NPM_CONFIG_CPU: "s390x" },
      "",
    ],
    ["a npmrc", {}, "omit=dev\nomit[]=optional\ndry-run=true\npackage-lock-only=true\nglobal=true\nos=plan9\n"],
  ])("has npm itself install all, whatever %s of the user say", async (_, variables, npmrc) => {
    rmSync(file("bin", "npm"));
    const kinds = { dependencies: "esbuild", devDependencies: "tool", optionalDependencies: "helper" };
    for (const name of Object.values(kinds)) {
      mkdirSync(file("packages", name), { recursive: true });
      writeFileSync(file("packages", name, "package.json"), JSON.stringify({ name, version: "1.0.0" }));
      writeFileSync(file("packages", name, "index.js"), ESBUILD);
    }
    const named = Object.entries(kinds).map(([kind, name]) => [kind, { [name]: `file:packages/${name}` }] as const);
    const manifest = { name: "p", version: "1.0.0", engines: { node: ">=20.19" }, ...Object.fromEntries(named) };
    writeFileSync(file("package.json"), JSON.stringify(manifest));
    rmSync(file("package-lock.json"));
    const locked = spawnSync("npm", ["install", "--package-lock-only", "--offline"], {
      cwd: project,
      encoding: "utf8",
    });
    expect(locked.status, locked.stderr).toBe(0);
    writeFileSync(file(".npmrc-user"), npmrc);
    more = { ...variables, npm_config_userconfig: file(".npmrc-user"), npm_config_offline: "true" };
    const { exitCode, stdout, stderr } = await hello();
    expect([exitCode, stdout], stderr).toEqual([0, "hello a b\n"]);
    const installed = Object.values(kinds).filter((name) => existsSync(file("node_modules", name, "index.js")));
    expect(installed).toEqual(Object.values(kinds));
  });

  it("gives npm its settings of registries, and nothing else of the user's", async () => {
    const settings = {
      npm_config_registry: "https://npm.example.com",
      npm_config_cafile: "/etc/company.pem",
      NPM_CONFIG_USERCONFIG: "/home/student/.npmrc",
      "npm_config_@corp:registry": "https://npm.example.com/corp",
      "npm_config_//npm.example.com/:_authToken": "secret",
    };
    more = { ...settings, npm_config_omit: "dev", NPM_CONFIG_GLOBAL: "true", npm_package_name: "x", NODE_ENV: "test" };
    fakeNpm(`env >npm.env; ${wholeNpm()}`);
    expect((await hello()).exitCode).toBe(0);
    const given = readFileSync(file("npm.env"), "utf8").split("\n");
    const wanted = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    expect(given.filter((line) => /^(npm|node_env)/i.test(line)).sort()).toEqual(wanted.sort());
  });

  it.each([
    ["that is not whole", "mkdir other; echo mine >other/mine.txt"],
    ["that is not there", ":"],
  ])("refuses a link in place of node_modules to a folder %s, which npm would empty", async (_, made) => {
    spawnSync("bash", ["-c", `${made}; ln -s "$PWD/other" node_modules`], { cwd: project });
    const line = `node_modules is a link to ${file("other")}, which npm ci would empty; remove the link: ${file("node_modules")}\n`;
    const { exitCode, stdout, stderr } = await hello();
    expect([exitCode, stdout, stderr.split("\n").slice(-2).join("\n")]).toEqual([1, "", line]);
    expect(npmCalls()).toEqual([]);
    expect(existsSync(file("other", "mine.txt"))).toBe(made !== ":");
  });

  it("takes packages that the user has installed behind a link", async () => {
    spawnSync("bash", ["-c", `mkdir other; ln -s other node_modules; ${wholeNpm()}`], { cwd: project });
    expect((await hello()).stdout).toBe("hello a b\n");
    expect(npmCalls()).toEqual([]);
  });

  it.each([
    ["HOME", { HOME: "labs", ISTIO_LAB_CACHE: "" }],
    ["XDG_CACHE_HOME", { XDG_CACHE_HOME: "labs", ISTIO_LAB_CACHE: "" }],
    ["ISTIO_LAB_CACHE", { ISTIO_LAB_CACHE: "labs" }],
  ])("refuses a %s that is not absolute, and names it", async (name, variables) => {
    more = variables;
    const { exitCode, stderr } = await hello();
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^${name}: "labs" given; write an absolute path, e\\.g\\. /.+\n$`)),
    ]);
    expect(npmCalls()).toEqual([]);
  });

  it("names a cache folder that cannot be made, and the variable that names another one", async () => {
    more = { ISTIO_LAB_CACHE: file("package.json", "cache") };
    expect(await hello()).toMatchObject({
      exitCode: 1,
      stderr: `${file("package.json", "cache")}: the cache folder cannot be used: ENOTDIR; name another one in ISTIO_LAB_CACHE\n`,
    });
    expect(npmCalls()).toEqual([]);
  });

  it.each([
    [
      "an empty HOME and a TMPDIR that is not there",
      { HOME: "", TMPDIR: "/nothing/here" },
      `${userInfo().homedir} unset`,
    ],
    ["a TMPDIR that may not be written to", { HOME: "/home/student", TMPDIR: "/proc/sys" }, "/home/student unset"],
    ["both as they are", { HOME: "/home/student", TMPDIR: "/" }, "/home/student /"],
  ])("gives npm a home, and a folder for temporary files if that can be used: %s", async (_, variables, wanted) => {
    more = variables;
    fakeNpm(`echo "$HOME \${TMPDIR-unset}" >'${file("folders")}'; ${wholeNpm()}`);
    expect((await hello()).exitCode).toBe(0);
    expect(readFileSync(file("folders"), "utf8")).toBe(`${wanted}\n`);
  });

  it("ends npm if that does not end by itself soon", async () => {
    const text = readFileSync(file("lab", "cli", "bootstrap.mjs"), "utf8");
    expect(text).toContain("NPM_GRACE = 10000;");
    writeFileSync(file("lab", "cli", "bootstrap.mjs"), text.replace("NPM_GRACE = 10000;", "NPM_GRACE = 100;"));
    fakeNpm("trap '' TERM; touch started; while true; do sleep 0.05; done");
    const run = start("--run", "hello.mjs");
    await expect.poll(() => existsSync(file("started")), { timeout: 20_000, interval: 20 }).toBe(true);
    run.child.kill("SIGTERM");
    expect(await run.ended).toBe(130);
    expect(run.said()).toContain(STOPPED);
  });

  it("says so if somebody else has ended npm", async () => {
    fakeNpm("kill -KILL $$");
    const { exitCode, stderr } = await hello();
    expect([exitCode, stderr.split("\n").slice(1)]).toEqual([
      1,
      ["npm ci was ended by SIGKILL, and not by istio-lab; run the same again", ""],
    ]);
  });

  it("is what npm itself becomes, so that a signal for npm's run reaches it", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    expect(Object.values(scripts).filter((line) => !line.startsWith("exec node lab/cli/bootstrap.mjs"))).toEqual([]);
  });

  it("fails if npm fails, and tries again the next time", async () => {
    fakeNpm("echo 'npm error no network' >&2; exit 7");
    const { exitCode, stdout, stderr } = await hello();
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("npm error no network\nnpm ci failed with exit code 7; its message is above\n");
    await hello();
    expect(npmCalls()).toHaveLength(2);
  });

  it("and what it imports can be read by Node.js 12, which is told by it that it is too old", () => {
    for (const name of ["bootstrap.mjs", "node-range.mjs"]) {
      const text = readFileSync(join("lab", "cli", name), "utf8");
      const [old, current] = ["node12.20", "esnext"].map(
        (target) => transformSync(text, { target, format: "esm" }).code,
      );
      expect(old).toBe(current);
    }
  });

  it("refuses a Node.js that is too old before anything else", async () => {
    writeFileSync(file("package.json"), JSON.stringify({ engines: { node: ">=99.1" } }));
    const { exitCode, stderr } = await hello();
    const wanted = `node: ${process.versions.node} given, >=99.1 wanted; install another Node.js from https://nodejs.org/download\n`;
    expect([exitCode, stderr]).toEqual([1, wanted]);
    expect(npmCalls()).toEqual([]);
  });
});

describe("the versions of Node.js", () => {
  it.each([
    ["^20.19.0 || ^22.13.0 || >=24", ["20.19.0", "20.20.2", "22.13.0", "22.23.3", "24.0.0", "26.10.0"]],
    [">=20.19", ["20.19.0", "21.0.0"]],
    ["20 || >=22", ["20.0.0", "20.18.3", "22.0.0"]],
    [">= 20.16.0 <21", ["20.16.0", "20.99.0"]],
    ["~20.18.1", ["20.18.1", "20.18.9"]],
    ["*", ["0.10.0"]],
  ])("%s allows %j", (range, versions) => {
    expect(versions.filter((version) => !allowsNode(range, version))).toEqual([]);
  });

  it.each([
    ["^20.19.0 || ^22.13.0 || >=24", ["12.22.12", "18.20.8", "20.18.3", "21.7.3", "22.12.0", "23.11.1"]],
    [">=20.19", ["20.18.3", "9.9.9"]],
    ["20 || >=22", ["21.7.3", "19.0.0"]],
    [">= 20.16.0 <21", ["20.15.9", "21.0.0"]],
    ["~20.18.1", ["20.18.0", "20.19.0"]],
  ])("%s refuses %j", (range, versions) => {
    expect(versions.filter((version) => allowsNode(range, version))).toEqual([]);
  });

  it("that package.json names are allowed by every package, or npm ci refuses to install them", () => {
    type Entries = Record<string, { engines?: { node?: string }; optional?: boolean }>;
    const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
    const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Entries };
    const versions = [18, 19, 20, 21, 22, 23, 24, 25, 26].flatMap((major) =>
      Array.from({ length: 25 }, (_, minor) => `${major}.${minor}.0`),
    );
    const allowed = versions.filter((version) => allowsNode(engines.node, version));
    const refused = Object.entries(packages)
      .filter(([, { optional }]) => optional !== true)
      .filter(([, entry]) => !allowed.every((version) => allowsNode(entry.engines?.node ?? "*", version)));
    expect([allowed[0], refused.map(([path]) => path)]).toEqual(["20.19.0", []]);
    expect(packages[""]?.engines).toEqual(engines);
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
      '--stack: "../etc" given; up to 100 letters, digits, "-", "_" and "." are allowed, e.g. dev\n',
    ],
    [["list"], 0, "there is no lab; build one: npm run up\n"],
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
