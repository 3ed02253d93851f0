import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ask, environmentFor } from "../../infra/core/child";
import { goVariables, pipSettings, pipVariables } from "../../infra/toolchain/registry/package-settings";
import { testFolder } from "../support/test-folder";

const has = (command: string, ...words: string[]): boolean => {
  try {
    execFileSync(command, words, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** What is compiled already need not be compiled again. */
const warmCache = has("go", "version") ? execFileSync("go", ["env", "GOCACHE"], { encoding: "utf8" }).trim() : "";

let folder: string;

/** A user with settings files of their own. */
beforeEach(() => {
  folder = testFolder();
  vi.stubEnv("HOME", folder);
  vi.stubEnv("XDG_CONFIG_HOME", join(folder, "config"));
  for (const name of Object.keys(process.env)) {
    if (/^(PIP_|GO[A-Z])/.test(name)) vi.stubEnv(name, undefined);
  }
});

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

describe("pip's settings", () => {
  it("are read as pip prints them: how packages are reached, and nothing else", () => {
    const list = [
      ":env:.find-links='/opt/wheels'",
      "download.index-url='https://user:it\\'s@pypi.example.com/simple'",
      "global.cert='/etc/company.pem'",
      "global.extra-index-url='\\nhttps://a.example.com\\nhttps://b.example.com'",
      "global.index-url='https://other.example.com'",
      'global.proxy="http://o\'neill@proxy:3128"',
      "global.require-virtualenv='true'",
      "global.target='/opt/target'",
      "install.find-links='/opt/other'",
      "global.no-binary=':all:'",
    ];
    expect(pipSettings(list.join("\n"))).toEqual({
      cert: "/etc/company.pem",
      "extra-index-url": "\nhttps://a.example.com\nhttps://b.example.com",
      proxy: "http://o'neill@proxy:3128",
      "index-url": "https://user:it's@pypi.example.com/simple",
    });
  });
});

describe.skipIf(!has("python3", "-m", "pip", "--version"))("pip itself", () => {
  /** The smallest wheel. */
  function makeWheel(name: string): void {
    const info = `${name}-1.0.dist-info`;
    write(`tree/${info}/METADATA`, `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`);
    write(`tree/${info}/WHEEL`, "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
    write(`tree/${info}/RECORD`, "");
    mkdirSync(join(folder, "wheels"), { recursive: true });
    const wheel = join(folder, "wheels", `${name}-1.0-py3-none-any.whl`);
    execFileSync("python3", ["-m", "zipfile", "-c", wheel, `tree/${info}/`], { cwd: folder });
  }

  it("downloads by the user's index and no other setting of theirs", async () => {
    makeWheel("example");
    const hostile = ["require-virtualenv=true", "user=true", "target=/nowhere", "no-binary=:all:", "log=/nowhere/log"];
    const download = ["platform=win32", "python-version=2.7", "abi=none", "dest=/nowhere", "require-hashes=true"];
    const reach = ["no-index=true", `find-links=${pathToFileURL(join(folder, "wheels")).href}`];
    write(
      "config/pip/pip.conf",
      `[global]\n${[...hostile, ...reach].join("\n")}\n[download]\n${download.join("\n")}\n`,
    );
    vi.stubEnv("PIP_REQUIRE_VIRTUALENV", "1");
    const variables = await pipVariables();
    expect(variables).toEqual({
      PIP_CONFIG_FILE: "/dev/null",
      PIP_FIND_LINKS: pathToFileURL(join(folder, "wheels")).href,
      PIP_NO_INDEX: "true",
      ...(variables["PIP_CERT"] === undefined ? {} : { PIP_CERT: variables["PIP_CERT"] }),
    });
    const words = [
      "-m",
      "pip",
      "download",
      "--quiet",
      "--no-deps",
      "--only-binary=:all:",
      "-d",
      join(folder, "out"),
      "example==1.0",
    ];
    const env = { ...environmentFor({ use: "download" }), ...variables };
    const answer = await ask("python3", words, { env, timeoutMilliseconds: 60_000 });
    expect(answer.ok, answer.stderr).toBe(true);
    expect(readdirSync(join(folder, "out"))).toEqual(["example-1.0-py3-none-any.whl"]);
  });

  it("goes by a variable of the user's before a file of theirs", async () => {
    write("config/pip/pip.conf", "[global]\nfind-links=/from/file\n");
    vi.stubEnv("PIP_FIND_LINKS", "/from/variable");
    expect((await pipVariables())["PIP_FIND_LINKS"]).toBeUndefined();
    expect(environmentFor({ use: "download" })["PIP_FIND_LINKS"]).toBe("/from/variable");
  });
});

describe.skipIf(!has("go", "version"))("Go itself", () => {
  it("builds by the user's proxy of modules and no other setting of theirs", async () => {
    const wanted = { GOPROXY: "file:///srv/modules", GONOSUMDB: "example.com", GOMODCACHE: join(folder, "modules") };
    const hostile = {
      GOFLAGS: "-mod=bogus",
      GOOS: "plan9",
      GOARCH: "mips",
      GOTOOLCHAIN: "go9.9.9",
      CGO_ENABLED: "1",
      CC: "/nowhere",
    };
    const lines = Object.entries({ ...wanted, ...hostile }).map(([name, value]) => `${name}=${value}\n`);
    write("config/go/env", lines.join(""));
    vi.stubEnv("GOCACHE", warmCache);
    const go = execFileSync("sh", ["-c", "command -v go"], { encoding: "utf8" }).trim();
    const variables = await goVariables(go);
    expect(variables).toMatchObject({ ...wanted, GOENV: "off" });
    expect(Object.keys(variables).filter((name) => name in hostile)).toEqual([]);
    write("src/go.mod", "module example\n\ngo 1.24\n");
    write("src/main.go", 'package main\n\nfunc main() { println("built") }\n');
    const env = { ...environmentFor({ use: "download" }), ...variables, GOFLAGS: "-mod=mod", GOWORK: "off" };
    const built = await ask(go, ["build", "-C", join(folder, "src"), "-o", join(folder, "program"), "."], {
      env,
      timeoutMilliseconds: 120_000,
    });
    expect(built.ok, built.stderr).toBe(true);
    expect((await ask(join(folder, "program"), [], { env })).stderr).toBe("built\n");
  });
});
