import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { beforeEach, describe, expect, it } from "vitest";
import { PROJECT_FOLDER } from "../../lab/cli/pulumi/backend";
import { callerFolder, callerPath, isStartedByNpm } from "../../lab/cli/options/caller";
import { optionsOf, refuseSwallowedOptions } from "../../lab/cli/options/npm-options";
import { createProgram } from "../../lab/cli/program";
import { CommandLine } from "../support/command-line";
import { testFolder } from "../support/test-folder";

let folder: string;
beforeEach(() => {
  folder = testFolder();
});

const unknown = () => undefined;
const ofNpm = { npm_lifecycle_event: "lab" };
const refuse = (words: readonly string[], env: Record<string, string>, cwd = PROJECT_FOLDER) =>
  refuseSwallowedOptions(createProgram(), words, { ...ofNpm, ...env }, cwd, unknown);

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
    const message = `npm kept ${names} for itself; put -- before the verb: ${line}\n`;
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
      writeFileSync(file, "json=false\n");
      expect(() => refuse(["list"], env)).toThrow("npm kept --json");
    },
  );

  it("is looked for only if npm has started us", () => {
    const env = { npm_config_stack: "other" };
    expect(() => refuseSwallowedOptions(createProgram(), ["destroy"], env, PROJECT_FOLDER, unknown)).not.toThrow();
    expect(() => refuse(["destroy"], env, folder)).not.toThrow();
  });

  it("is known by the variable of its short form, too", () => {
    const shorts = optionsOf(createProgram()).flatMap(({ short }) => short ?? []);
    // npm takes -s for --loglevel=silent, which is how a script is called quietly: the value then stands among the words, and is refused there.
    const known = ["-c", "-y", "-s"];
    expect(shorts.filter((short) => !known.includes(short))).toEqual([]);
  });

  it.each([
    ["--only", ["verify"], ["run", "lab", "verify", "--only", "x"], {}, "verify --only=x"],
    ["--only", ["verify"], ["run", "lab", "verify", "--only"], {}, "verify --only=…"],
    ["--yes", ["up", "vm"], ["run", "lab", "up", "--yes", "vm"], { npm_config_yes: "true" }, "up --yes vm"],
  ])("is known by the words of npm, if these are known: %s of %j", (flag, words, typed, env, line) => {
    const call = () =>
      refuseSwallowedOptions(createProgram(), words, { ...ofNpm, ...env }, PROJECT_FOLDER, () => typed);
    expect(call).toThrow(`npm kept ${flag} for itself; put -- before the verb: npm run lab -- ${line}`);
  });

  it.each([
    ["the user's environment says yes for good", ["destroy"], ["run", "lab", "destroy"], { npm_config_yes: "true" }],
    ["it was switched off", ["destroy"], ["run", "lab", "destroy", "--yes", "false"], { npm_config_yes: "" }],
  ])("is none by the words of npm if %s", (_title, words, typed, env) => {
    const call = () =>
      refuseSwallowedOptions(createProgram(), words, { ...ofNpm, ...env }, PROJECT_FOLDER, () => typed);
    expect(call).not.toThrow();
  });
});

/** The real npm with the real project; the state folder is empty, and no tools can be got: nothing is done even if an option is not seen. */
function npm(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { environment } = new CommandLine({ docker: "exit 9", pulumi: "exit 9" });
  return spawnSync("npm", ["run", "-s", "lab", ...words], { encoding: "utf8", env: { ...environment, ...env } });
}

/** npm answers it with its own versions, and runs no script. */
const OF_NPM_ALONE = "--versions";
const flagsOf = ({ options }: Command) =>
  options
    .map(({ long = "" }) => long)
    .filter((long) => long !== OF_NPM_ALONE)
    .sort();

/** One verb for each set of options. */
const verbs = new Map(createProgram().commands.map((verb) => [flagsOf(verb).join(), verb]));
verbs.delete("");

describe("through the real npm", () => {
  it.each([...verbs.values()].map((verb) => [verb.name(), verb] as const))("no option of %s is lost", (name, verb) => {
    const given = flagsOf(verb).flatMap((flag) =>
      verb.options.find(({ long }) => long === flag)?.required === true ? [flag, "x"] : [flag],
    );
    const { status, stderr } = npm([name, ...given]);
    const [, named = ""] = /^npm kept (.*) for itself;/.exec(stderr) ?? [];
    expect([status, named.split(", ").sort()]).toEqual([2, flagsOf(verb)]);
  });

  it("nothing is done if npm keeps --versions, which it answers itself", () => {
    const { status, stdout } = npm(["setup", OF_NPM_ALONE, "current"]);
    expect([status, /^ {2}npm: '/m.test(stdout)]).toEqual([0, true]);
  });

  it.each([
    ["--only", ["verify", "--only", "x"], "verify --only=x"],
    ["--yes", ["destroy", "-y"], "destroy --yes"],
    ["-c", ["up", "-c", "a=b"], "up -c a=b"],
    ["--stack", ["list", "--stack=other"], "list --stack=other"],
  ])("the right spelling is given: %s", (flag, words, line) => {
    const { status, stdout, stderr } = npm(words);
    const message = `npm kept ${flag} for itself; put -- before the verb: npm run lab -- ${line}\n`;
    expect([status, stdout, stderr]).toEqual([2, "", message]);
  });

  it.each([
    ["behind --", ["--", "verify", "--only", "x"], {}],
    ["in the user's environment", ["verify"], { npm_config_yes: "true" }],
    ["in the user's environment", ["destroy"], { npm_config_yes: "true" }],
  ])("an option %s is no such option: %j", (_title, words, env) => {
    expect(npm(words, env).stderr).not.toContain("npm kept");
  });

  it("without npm's log its variables tell, and an old option of npm's own cannot be seen", () => {
    const env = { npm_config_logs_max: "0" };
    expect(npm(["destroy", "--stack=x"], env).stderr).toContain("npm kept --stack");
    expect(npm(["verify", "--only=x"], env).stderr).not.toContain("npm kept");
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
