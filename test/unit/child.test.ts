import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, askNow, environmentFor } from "../../infra/core/child";

let folder: string;
let given: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "istio-lab-child-"));
  given = { PATH: process.env["PATH"] ?? "", HOME: folder, ISTIO_LAB_CACHE: join(folder, "cache") };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

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

  it("say to docker which engine is meant, and nothing else of what the user's say", () => {
    write(
      ".docker/config.json",
      JSON.stringify({ currentContext: "colima", psFormat: "{{.ID}}", proxies: { default: {} } }),
    );
    write(".docker/contexts/meta/abc/meta.json", "{}");
    expect(config()).toEqual({ currentContext: "colima" });
    expect(readdirSync(join(docker(), "contexts", "meta"))).toEqual(["abc"]);
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
  });

  it("that takes too long has failed", async () => {
    const answers = await both(script("exec sleep 60"), { env: given, timeoutMilliseconds: 200 });
    expect(answers.map(({ ok, isMissing }) => [ok, isMissing])).toEqual([
      [false, false],
      [false, false],
    ]);
  });
});
