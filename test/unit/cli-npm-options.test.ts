import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROJECT_FOLDER } from "../../lab/cli/backend";
import { callerFolder, callerPath, isStartedByNpm } from "../../lab/cli/caller";
import { optionsOf, refuseSwallowedOptions } from "../../lab/cli/npm-options";
import { createProgram } from "../../lab/cli/program";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "istio-lab-npm-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const ofNpm = { npm_lifecycle_event: "lab" };
const refuse = (words: readonly string[], env: Record<string, string>, cwd = PROJECT_FOLDER) =>
  refuseSwallowedOptions(createProgram(), words, { ...ofNpm, ...env }, cwd);

describe("an option that npm kept for itself", () => {
  it.each([
    [["destroy"], { npm_config_stack: "other" }, "--stack", "npm run lab -- destroy --stack=other"],
    [["destroy"], { npm_config_stack: "" }, "--stack", "npm run lab -- destroy --stack=''"],
    [["destroy", "other"], { npm_config_stack: "true" }, "--stack", "npm run lab -- destroy --stack=other"],
    [["list"], { npm_config_json: "true" }, "--json", "npm run lab -- list --json"],
    [["destroy"], { npm_config_yes: "true" }, "--yes", "npm run lab -- destroy --yes"],
    [["up", "vm"], { npm_config_call: "portBase=1" }, "-c", "npm run lab -- up -c portBase=1 vm"],
    [["up", "vm"], { npm_config_config: "a b=1" }, "--config", "npm run lab -- up --config='a b=1' vm"],
    [["trace", "a", "b"], { npm_config_html: "f" }, "--html", "npm run lab -- trace --html=f a b"],
    [["trace", "f", "a", "b"], { npm_config_html: "true" }, "--html", "npm run lab -- trace --html=… …"],
    [["up", "vm"], { npm_lifecycle_event: "up", npm_config_stack: "x" }, "--stack", "npm run up -- --stack=x vm"],
    [["env"], { npm_config_stack: "other" }, "--stack", "npm run lab -- env --stack=other"],
    [["destroy", "--stack", "a"], { npm_config_stack: "b" }, "--stack", "npm run lab -- destroy --stack=b --stack a"],
  ])("of %j with %j is refused with the right spelling", (words, env, names, line) => {
    const message = `npm kept ${names} for itself; put -- in front of what is ours: ${line}\n`;
    expect(() => refuse(words, env)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) as string }) as Error,
    );
  });

  it.each([
    ["a verb without that option, which npm has too", ["ssh"], { npm_config_json: "true" }],
    ["a switch that did reach us", ["list", "--json"], { npm_config_json: "true" }],
    ["a switch that is off", ["list"], { npm_config_json: "" }],
    ["settings of npm's own", ["list"], { npm_config_loglevel: "silent", npm_config_cache: "/x" }],
  ])("is none: %s", (_title, words, env) => {
    expect(() => refuse(words, env)).not.toThrow();
  });

  it.each([["npm_config_userconfig"], ["npm_config_globalconfig"]])(
    "is none if the file that %s names sets it for npm",
    (variable) => {
      const file = join(folder, "npmrc");
      writeFileSync(file, "; of the user\njson-x=1\n");
      const env = { npm_config_json: "true", [variable]: file };
      expect(() => refuse(["list"], env)).toThrow("npm kept --json");
      writeFileSync(file, "; of the user\n json = true\n");
      expect(() => refuse(["list"], env)).not.toThrow();
    },
  );

  it("is looked for only if npm has started us", () => {
    const env = { npm_config_stack: "other" };
    expect(() => refuseSwallowedOptions(createProgram(), ["destroy"], env, PROJECT_FOLDER)).not.toThrow();
    expect(() => refuse(["destroy"], env, folder)).not.toThrow();
  });

  it("is known by the variable of its short form, too", () => {
    const shorts = optionsOf(createProgram()).flatMap(({ short }) => short ?? []);
    // npm takes -s for --loglevel=silent, which is how a script is called quietly: the value then stands among the words, and is refused there.
    const known = ["-c", "-y", "-s"];
    expect(shorts.filter((short) => !known.includes(short))).toEqual([]);
  });

  it("is named as npm really hands it on", () => {
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name: "x", version: "1.0.0", scripts: { lab: `node ${join(folder, "print.mjs")}` } }),
    );
    writeFileSync(join(folder, "print.mjs"), "console.log(JSON.stringify(process.env))");
    const options = optionsOf(createProgram());
    const given = options.map((option) => `${option.long}${option.isBoolean() ? "" : "=x"}`);
    const { stdout } = spawnSync("npm", ["run", "-s", "lab", "up", ...given], { cwd: folder, encoding: "utf8" });
    const env = JSON.parse(stdout) as Record<string, string>;
    // npm has an --only of its own, which it has given up and tells nobody of; `verify` then checks more than was asked for.
    // And --yes means npm itself in front of a verb that asks nothing, and of `up`.
    const told = options.map(({ long = "" }) => long).filter((long) => !["--only", "--yes"].includes(long));
    expect(told.length).toBeGreaterThan(7);
    const names = `npm kept ${told.join(", ")} for itself`;
    expect(() => refuseSwallowedOptions(createProgram(), ["up"], env, PROJECT_FOLDER)).toThrow(names);
    // Nothing is done: the whole way through, with the real project.
    const real = spawnSync("npm", ["run", "-s", "lab", "list", "--stack=other"], { encoding: "utf8" });
    expect([real.status, real.stdout]).toEqual([2, ""]);
    expect(real.stderr).toContain("npm run lab -- list --stack=other\n");
  });
});

describe("the folder of the caller", () => {
  it.each([
    ["started by npm", { npm_lifecycle_event: "lab", INIT_CWD: "/home/me" }, PROJECT_FOLDER, true, "/home/me"],
    ["started by hand", { INIT_CWD: "/home/me" }, PROJECT_FOLDER, false, PROJECT_FOLDER],
    ["in a shell that npm once started", { npm_lifecycle_event: "lab", INIT_CWD: "/home/me" }, "/tmp", false, "/tmp"],
    ["without what npm 6 did not set", { npm_lifecycle_event: "lab" }, PROJECT_FOLDER, true, PROJECT_FOLDER],
  ])("%s", (_title, env, cwd, byNpm, expected) => {
    expect(isStartedByNpm(env, cwd)).toBe(byNpm);
    expect(callerFolder(env, cwd)).toBe(expected);
    expect(callerPath("a/b.html", env, cwd)).toBe(join(expected, "a/b.html"));
    expect(callerPath("/b.html", env, cwd)).toBe("/b.html");
  });
});
