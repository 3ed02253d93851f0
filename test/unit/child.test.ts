import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ask, askNow, environmentFor } from "../../infra/core/child";
import { chosenEngine } from "../../infra/core/engine-choice";
import { readMarker } from "../../infra/core/folder-marker";
import { temporaryFolder } from "../../infra/core/paths";
import { shortageOf } from "../../infra/core/shortage";
import { asUserError } from "../../lab/cli/ui/user-error";
import { testFolder } from "../support/test-folder";

let folder: string;
let given: Record<string, string>;

beforeEach(() => {
  folder = testFolder();
  given = { PATH: process.env["PATH"] ?? "", HOME: folder, ISTIO_LAB_CACHE: join(folder, "cache") };
});

/** Writes a file of the user's. */
function write(path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

describe("settings files in place of the user's", () => {
  const docker = (env = environmentFor({}, given)) => env["DOCKER_CONFIG"] ?? "";
  const config = (of = docker()) => JSON.parse(readFileSync(join(of, "config.json"), "utf8")) as unknown;

  it("lie in the cache folder, for this user alone", () => {
    const env = environmentFor({}, given);
    const settings = join(folder, "cache", "settings");
    expect([env["CURL_HOME"], env["ISTIOCONFIG"]]).toEqual([settings, join(settings, "istioctl.yaml")]);
    expect([settings, docker(env)].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
    expect(readFileSync(join(settings, ".curlrc"), "utf8")).toBe("");
    expect(readFileSync(join(settings, "istioctl.yaml"), "utf8")).toBe("{}\n");
  });

  const anotherOwner = () => {
    rmSync(join(folder, "cache"), { recursive: true });
    write("cache/settings/.curlrc", "proxy = mine\n");
    write("cache/.istio-lab.json", JSON.stringify({ id: "0123456789abcdef" }));
    chownSync(join(folder, "cache"), 432_100, 432_100);
  };
  it.each<[string, () => void]>([
    ["files of the user's in it", () => undefined],
    ...(process.getuid?.() === 0 ? [["another owner", anotherOwner] as [string, () => void]] : []),
  ])("lie in a temporary folder, for this user alone, if the cache folder is not ours: it has %s", (_, change) => {
    write("cache/settings/.curlrc", "proxy = mine\n");
    write("cache/work/thesis.tex", "mine");
    change();
    const before = readdirSync(join(folder, "cache"), { recursive: true }).sort();
    const { CURL_HOME: settings = "", DOCKER_CONFIG: dockers = "" } = environmentFor({}, given);
    expect(settings).toMatch(new RegExp(`^${temporaryFolder({})}/istio-lab-settings-`));
    expect([settings, dockers].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
    expect(readFileSync(join(settings, ".curlrc"), "utf8")).toBe("");
    expect(readdirSync(join(folder, "cache"), { recursive: true }).sort()).toEqual(before);
    expect(readFileSync(join(folder, "cache", "settings", ".curlrc"), "utf8")).toBe("proxy = mine\n");
  });

  it.runIf(process.getuid?.() === 0)(
    "are not put by root into the home of another user, whose folder it would make",
    () => {
      chownSync(folder, 432_100, 432_100);
      expect(environmentFor({}, given)["CURL_HOME"]).toMatch(/\/istio-lab-settings-/);
      expect(existsSync(join(folder, "cache"))).toBe(false);
    },
  );

  it("mark the cache folder, so that it is known as ours later", () => {
    environmentFor({}, given);
    expect(readMarker(join(folder, "cache"))?.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it("say to docker which engine is meant, and nothing else of what the user's say", () => {
    write(
      ".docker/config.json",
      JSON.stringify({
        currentContext: "colima",
        HttpHeaders: { "X-Team": "a" },
        psFormat: "{{.ID}}",
        proxies: { default: {} },
      }),
    );
    write(".docker/contexts/meta/abc/meta.json", "{}");
    expect(config()).toEqual({ currentContext: "colima", HttpHeaders: { "X-Team": "a" } });
    expect(readdirSync(join(docker(), "contexts", "meta"))).toEqual(["abc"]);
  });

  it.each<[string, Record<string, string>, (() => string) | undefined]>([
    ["in the user's settings folder if TLS is wanted", { DOCKER_TLS_VERIFY: "1" }, () => join(folder, ".docker")],
    ["there as well if TLS is wanted without a check", { DOCKER_TLS: "1" }, () => join(folder, ".docker")],
    ["in the settings folder that the user names", { DOCKER_TLS: "1", DOCKER_CONFIG: "/x/docker" }, () => "/x/docker"],
    ["where the user says", { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/x/certs" }, () => "/x/certs"],
    ["where the user says, by a full path", { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "c" }, () => resolve("c")],
    [
      "nowhere if TLS is not wanted",
      { DOCKER_HOST: "tcp://x:1", DOCKER_TLS_VERIFY: "", DOCKER_CERT_PATH: "" },
      undefined,
    ],
  ])("have docker look for the engine's certificates %s", (_, variables, wanted) => {
    const env = environmentFor({}, { ...given, ...variables });
    expect(env["DOCKER_CERT_PATH"]).toBe(wanted?.());
    expect(env["DOCKER_CONFIG"]).toMatch(new RegExp(`^${folder}/cache/settings/docker-`));
  });

  it("follow when the user chooses another engine, or none", () => {
    write(".docker/config.json", JSON.stringify({ currentContext: "colima" }));
    write(".docker/contexts/meta/abc/meta.json", "{}");
    expect(config()).toEqual({ currentContext: "colima" });
    rmSync(join(folder, ".docker"), { recursive: true });
    expect(config()).toEqual({});
    expect(existsSync(join(docker(), "contexts"))).toBe(false);
  });

  it("are two for two folders of settings, so that two terminals may mean two engines", () => {
    write("other/config.json", JSON.stringify({ currentContext: "other" }));
    write(".docker/config.json", JSON.stringify({ currentContext: "colima" }));
    const others = docker(environmentFor({}, { ...given, DOCKER_CONFIG: join(folder, "other") }));
    expect([config(), config(others)]).toEqual([{ currentContext: "colima" }, { currentContext: "other" }]);
  });

  it.each([["{"], ['{"currentContext": 1}'], ["null"], [""]])(
    "take docker's default if the user's are damaged: %j",
    (text) => {
      write(".docker/config.json", text);
      expect(config()).toEqual({});
    },
  );

  it("leave downloads the user's, which hold the credentials of registries", () => {
    const env = environmentFor({ use: "download" }, { ...given, DOCKER_CONFIG: "/home/student/.docker" });
    expect([env["DOCKER_CONFIG"], env["CURL_HOME"], env["ISTIOCONFIG"]]).toEqual([
      "/home/student/.docker",
      undefined,
      undefined,
    ]);
  });
});

describe("a folder that a variable names", () => {
  it.each<["lab" | "download"]>([["lab"], ["download"]])("is the home that we use ourselves: %s", (use) => {
    const home = userInfo().homedir;
    expect(environmentFor({ use }, given)["HOME"]).toBe(folder);
    for (const without of [
      { ...given, HOME: "" },
      { ...given, HOME: undefined },
    ]) {
      expect(environmentFor({ use }, without)["HOME"]).toBe(home);
    }
    expect(() => environmentFor({ use }, { ...given, HOME: "home" })).toThrow('HOME: "home" given; write an absolute');
  });

  it.each([
    ["is there", () => folder, () => folder],
    ["is not there", () => join(folder, "nothing"), () => undefined],
    ["is not absolute", () => "infra", () => undefined],
    ["is a file", () => join(folder, "file"), () => undefined],
    ["lies below a file", () => join(folder, "file", "x"), () => undefined],
    ["is empty", () => "", () => undefined],
    // Not even root may write there.
    ["may not be written to", () => "/proc/sys", () => undefined],
  ])("is passed on as TMPDIR, and used by us, only if it can be: one that %s", (_, named, passed) => {
    write("file", "");
    const env = { ...given, TMPDIR: named() };
    const got = [{ use: "lab" as const }, { use: "download" as const }].map(
      (one) => environmentFor(one, env)["TMPDIR"],
    );
    expect(got).toEqual([passed(), passed()]);
    expect(temporaryFolder(env)).toBe(passed() ?? "/tmp");
  });
});

describe("an engine that the user has named", () => {
  const config = JSON.stringify({ currentContext: "colima" });
  const host = { name: "the Docker engine at DOCKER_HOST=tcp://x:1", remedy: "unset DOCKER_HOST" };
  const named = { name: 'the Docker context "nope"', remedy: "unset DOCKER_CONTEXT" };
  const tls = {
    name: "the Docker engine at tcp://localhost:2376, which DOCKER_TLS_VERIFY means without a DOCKER_HOST",
    remedy: "unset DOCKER_TLS_VERIFY",
  };
  const current = { name: 'the Docker context "colima"', remedy: "run: docker context use default" };
  it.each([
    ["nothing", "{}", {}, undefined],
    ["empty variables", "{}", { DOCKER_HOST: "", DOCKER_CONTEXT: "" }, undefined],
    ["an address", config, { DOCKER_HOST: "tcp://x:1", DOCKER_CONTEXT: "nope" }, host],
    ["a context in a variable", config, { DOCKER_CONTEXT: "nope" }, named],
    ["a context in docker's settings", config, {}, current],
    ["TLS, and no address", "{}", { DOCKER_TLS_VERIFY: "1" }, tls],
    [
      "TLS, and an address",
      "{}",
      { DOCKER_HOST: "tcp://x:1", DOCKER_TLS_VERIFY: "1" },
      { ...host, remedy: "unset DOCKER_HOST DOCKER_TLS_VERIFY" },
    ],
    ["the default in a variable", config, { DOCKER_CONTEXT: "default" }, undefined],
    ["the default in docker's settings", '{"currentContext":"default"}', {}, undefined],
  ])("is found as docker finds it: %s", (_, text, variables, wanted) => {
    write(".docker/config.json", text);
    const found = chosenEngine({ ...given, ...variables });
    expect(found && { name: found.name, remedy: found.remedy }).toEqual(wanted);
    // The settings that docker gets from us say the same.
    expect(chosenEngine(environmentFor({}, { ...given, ...variables }))).toEqual(found);
  });
});

describe("a program that is asked", () => {
  const script = (body: string) => {
    write("program", `#!/bin/bash\n${body}\n`);
    chmodSync(join(folder, "program"), 0o755);
    return join(folder, "program");
  };
  const both = async (program: string, options: Parameters<typeof ask>[2] = {}) => [
    await ask(program, ["a"], options),
    askNow(program, ["a"], options),
  ];

  it.each([
    ["answers", 'echo "got $1"; echo told >&2', { ok: true, stdout: "got a\n", stderr: "told\n", isMissing: false }],
    ["fails", "echo half; echo why >&2; exit 3", { ok: false, stdout: "half\n", stderr: "why\n", isMissing: false }],
  ])("%s", async (_, body, answer) => {
    expect(await both(script(body), { env: given })).toEqual([answer, answer]);
  });

  it.each([
    ["gets it", 'echo "got $(cat)"', "got in\n"],
    ["need not read it", "exec <&-; echo done", "done\n"],
  ])("and given something on stdin %s", async (_, body, stdout) => {
    const answer = await ask(script(body), [], { env: given, input: "in" });
    expect(answer).toEqual({ ok: true, stdout, stderr: "", isMissing: false });
  });

  it("is told apart from one that is not there", async () => {
    const answers = await both(join(folder, "nothing"), { env: given });
    expect(answers.map(({ ok, isMissing }) => [ok, isMissing])).toEqual([
      [false, true],
      [false, true],
    ]);
    expect(answers[0]?.startProblem).toBe(`spawn ${folder}/nothing ENOENT`);
    const sought = await ask("no-such-tool", [], { env: given });
    expect(sought.startProblem).toBe("there is no no-such-tool, neither among the lab's tools nor on PATH");
  });

  it.each([
    ["EMFILE", "open", true],
    ["ENFILE", "spawn docker", true],
    ["EAGAIN", "spawn docker", true],
    ["ENOMEM", "spawn", true],
    ["EAGAIN", "write", false],
    ["ENOENT", "spawn docker", false],
  ])("fails for a shortage, which is reported with what to do about it: %s of %s", (code, syscall, isShort) => {
    const said = shortageOf(Object.assign(new Error(code), { code, syscall }));
    expect(said !== undefined).toBe(isShort);
    expect(asUserError(Object.assign(new Error(code), { code, syscall, path: "docker" }))?.message).toBe(
      isShort ? `docker: ${said}` : undefined,
    );
  });

  it("that takes too long has failed", async () => {
    const answers = await both(script("exec sleep 60"), { env: given, timeoutMilliseconds: 200 });
    expect(answers.map(({ ok, isMissing }) => [ok, isMissing])).toEqual([
      [false, false],
      [false, false],
    ]);
  });
});
