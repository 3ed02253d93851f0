import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { UPDATE_VARIABLE } from "../../infra/core/toolchain-key";
import { backendOf, ensureBackend, ownStacks, removeOwnBackend } from "../../lab/cli/pulumi/backend";
import { parseOverrides } from "../../lab/cli/options/overrides";
import { overruled } from "../../lab/cli/stack/overruled";
import { mergeConfig } from "../../lab/cli/stack/stack-config";
import {
  configured,
  defaultLab,
  writeStackConfig,
  keepOverrides,
  stackConfigFile,
} from "../../lab/cli/stack/stack-project";
import { endProcesses, isAlive, OWNER_VARIABLE, updateProcesses } from "../../lab/cli/pulumi/stray-processes";
import { UserError } from "../../lab/cli/ui/user-error";
import { TestClock } from "../support/test-clock";
import { testFolder } from "../support/test-folder";

let folder: string;
let env: Record<string, string>;
const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);

beforeEach(() => {
  folder = testFolder();
  env = { ISTIO_LAB_STATE: join(folder, "state") };
});

describe("the backend", () => {
  it.each([
    "https://api.pulumi.com",
    "s3://my-bucket/labs?region=us-east-1",
    "file:///home/student/states",
    "file://~/states",
  ])("is the user's if ISTIO_LAB_BACKEND has its address: %s", (address) => {
    const backend = backendOf({ ...env, ISTIO_LAB_BACKEND: address });
    expect(backend).toEqual({ ownFolder: undefined, environment: { PULUMI_BACKEND_URL: address } });
  });

  it.each(["api.pulumi.com", "~/states", "s3:", "HTTPS//x"])("is refused if the address is none: %s", (address) => {
    expect(() => backendOf({ ...env, ISTIO_LAB_BACKEND: address })).toThrow(
      new UserError(
        `ISTIO_LAB_BACKEND: "${address}" given; write the address of a Pulumi backend, e.g. https://api.pulumi.com or s3://my-bucket`,
      ),
    );
  });

  it.each(["file://./states", "file://states"])(
    "is refused if the address depends on the folder in which a program runs: %s",
    (address) => {
      expect(() => backendOf({ ...env, ISTIO_LAB_BACKEND: address })).toThrow(
        new UserError(
          `ISTIO_LAB_BACKEND: "${address}" given; write the folder's whole path, e.g. file://${process.cwd()}/states`,
        ),
      );
    },
  );

  it("is else a file backend in the state folder, with a passphrase beside it", () => {
    const state = join(folder, "state");
    expect(backendOf(env)).toEqual({
      ownFolder: state,
      environment: {
        PULUMI_BACKEND_URL: pathToFileURL(state).href,
        PULUMI_CONFIG_PASSPHRASE_FILE: join(state, ".passphrase"),
      },
    });
  });

  it("stays the same whatever another project has for its own", () => {
    const others = {
      PULUMI_BACKEND_URL: "s3://other",
      PULUMI_ACCESS_TOKEN: "pul-1",
      PULUMI_CONFIG_PASSPHRASE: "other",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/home/student/passphrase",
      ISTIO_LAB_BACKEND: "",
    };
    expect(backendOf({ ...env, ...others })).toEqual(backendOf(env));
  });

  it("is made for the user's eyes only, and its passphrase stays the same", () => {
    ensureBackend(env);
    const file = join(folder, "state", ".passphrase");
    const first = readFileSync(file, "utf8");
    ensureBackend(env);
    expect([mode(join(folder, "state")), mode(file)]).toEqual(["700", "600"]);
    expect(first).toMatch(/^[\w-]{32}\n$/);
    expect(readFileSync(file, "utf8")).toBe(first);
  });

  it("closes a state folder of its own making that others could read", () => {
    ensureBackend(env);
    chmodSync(join(folder, "state"), 0o755);
    ensureBackend(env);
    expect(mode(join(folder, "state"))).toBe("700");
  });

  it("names its stacks, and none if there is no backend", () => {
    const state = join(folder, "state");
    expect(ownStacks(state)).toEqual([]);
    const stacks = join(state, ".pulumi", "stacks", "istio-lab");
    mkdirSync(stacks, { recursive: true });
    for (const file of ["vm2.json", "dev.json", "dev.json.bak", "dev.json.attrs"]) {
      writeFileSync(join(stacks, file), "{}");
    }
    expect(ownStacks(state)).toEqual(["dev", "vm2"]);
  });

  it("goes without a trace, and never takes the user's own files along", () => {
    ensureBackend(env);
    removeOwnBackend(join(folder, "state"));
    expect(existsSync(join(folder, "state"))).toBe(false);
    ensureBackend(env);
    writeFileSync(join(folder, "state", "mine"), "");
    removeOwnBackend(join(folder, "state"));
    expect([existsSync(join(folder, "state", "mine")), existsSync(join(folder, "state", ".passphrase"))]).toEqual([
      true,
      false,
    ]);
  });
});

describe("-c", () => {
  it.each([
    ["portBase=31000", { "istio-lab:portBase": "31000" }],
    ["istio-lab:lab=vm", { "istio-lab:lab": "vm" }],
    ["other:key=a=b", { "other:key": "a=b" }],
    ['vms=[{"name":"a"}]', { "istio-lab:vms": [{ name: "a" }] }],
    ["note=[not json", { "istio-lab:note": "[not json" }],
    ["empty=", { "istio-lab:empty": "" }],
  ])("%s", (word, config) => {
    expect(parseOverrides([word])).toEqual(config);
  });

  it.each(["novalue", "=x"])('refuses "%s"', (word) => {
    expect(() => parseOverrides([word])).toThrow(`-c: "${word}" given, key=value wanted, e.g. -c portBase=31000`);
  });
});

describe("the stack's own configuration", () => {
  it("takes the checkout's values, and what -c has set over them", () => {
    const merged = mergeConfig({ config: { "istio-lab:lab": "vm", a: "1" } }, { a: "2" });
    expect(merged).toEqual({ config: { "istio-lab:lab": "vm", a: "2" } });
  });

  it.each([
    ["takes the checkout's salt, with which its secrets are encrypted", { "p:key": { secure: "v1:y" } }, true],
    ["takes it also for a secret in a list", { "p:keys": [{ a: { secure: "v1:y" } }] }, true],
    ["leaves out a salt that encrypts nothing, which a plain pulumi up has left", { "p:key": "x" }, false],
    ["leaves it out without a setting", {}, false],
  ])("%s", (_, config, isTaken) => {
    expect(mergeConfig({ encryptionsalt: "v1:x", config }, {})).toEqual(
      isTaken ? { encryptionsalt: "v1:x", config } : { config },
    );
  });

  it("is written outside the checkout for the user's eyes only, and remembers -c", () => {
    writeStackConfig("other", { "istio-lab:lab": "vm" }, env);
    keepOverrides("other", { "istio-lab:lab": "vm" }, env);
    keepOverrides("other", { "istio-lab:portBase": "31000" }, env);
    writeStackConfig("other", {}, env);
    const file = stackConfigFile("other", env);
    expect(file.startsWith(join(folder, "state"))).toBe(true);
    expect(mode(file)).toBe("600");
    expect(parse(readFileSync(file, "utf8"))).toEqual({
      config: { "istio-lab:lab": "vm", "istio-lab:portBase": "31000" },
    });
  });

  it("forgets a setting of -c that is given without a value", () => {
    writeStackConfig("other", {}, env);
    keepOverrides("other", { "istio-lab:domain": "a.example", "istio-lab:portBase": "31000" }, env);
    expect(writeStackConfig("other", { "istio-lab:domain": "" }, env).config).toEqual({
      "istio-lab:portBase": "31000",
    });
    keepOverrides("other", { "istio-lab:domain": "" }, env);
    expect(writeStackConfig("other", {}, env).config).toEqual({ "istio-lab:portBase": "31000" });
  });

  it.each<[string, unknown, Readonly<Record<string, unknown>>, readonly string[]]>([
    [
      "a lab that an earlier -c has set",
      "traffic-flow",
      {},
      ["istio-lab:lab: traffic-flow, from an earlier -c; Pulumi.dev.yaml says vm, which is taken with: -c lab="],
    ],
    [
      "a secret, without its text",
      { secure: "v1:abc" },
      {},
      ["istio-lab:lab: a secret, from an earlier -c; Pulumi.dev.yaml says vm, which is taken with: -c lab="],
    ],
    ["nothing if the file says the same", "vm", {}, []],
    ["nothing of what this -c sets", "traffic-flow", { "istio-lab:lab": "multicluster" }, []],
    ["nothing of what this -c takes back", "traffic-flow", { "istio-lab:lab": "" }, []],
  ])("that wins over the checkout's file is told: %s", (_, kept, overrides, lines) => {
    vi.stubEnv("ISTIO_LAB_STATE", env["ISTIO_LAB_STATE"]);
    writeStackConfig("dev", {}, env);
    keepOverrides("dev", { "istio-lab:lab": kept, "istio-lab:portBase": "31000" }, env);
    expect(overruled("dev", overrides)).toEqual(lines);
    vi.unstubAllEnvs();
  });

  it("quotes what Pulumi, which reads YAML 1.1, would take for a time or for yes and no", () => {
    writeStackConfig("other", { "istio-lab:startedAt": "2026-01-02T03:04:05Z", "istio-lab:owner": "yes" }, env);
    const text = readFileSync(stackConfigFile("other", env), "utf8");
    expect(text).toBe('config:\n  istio-lab:startedAt: "2026-01-02T03:04:05Z"\n  istio-lab:owner: "yes"\n');
  });

  it("forgets a salt that it had from the checkout: a wrong one would stay", () => {
    writeStackConfig("other", {}, env);
    writeFileSync(stackConfigFile("other", env), "encryptionsalt: v1:x\nconfig: {}\n");
    expect(writeStackConfig("other", {}, env)).toEqual({ config: {} });
  });

  it("forgets what -c has set if nobody keeps it: the program may refuse it", () => {
    writeStackConfig("other", { "istio-lab:typo": "1" }, env);
    expect(writeStackConfig("other", {}, env)).toEqual({ config: {} });
  });

  it("of the default stack names the lab that is shipped as default", () => {
    expect(defaultLab()).toBe("vm");
  });
});

describe("the lab that an update builds", () => {
  it.each([
    ["dev", {}, "vm"],
    ["dev", { "istio-lab:lab": "traffic-flow" }, "traffic-flow"],
    ["other", { "istio-lab:portBase": "31000" }, undefined],
    ["other", { "istio-lab:lab": "multicluster" }, "multicluster"],
  ])("of stack %s with %j is %s", (stack, overrides, lab) => {
    vi.stubEnv("ISTIO_LAB_STATE", env["ISTIO_LAB_STATE"]);
    expect(configured(stack, "lab", overrides)).toBe(lab);
    writeStackConfig(stack, overrides, env);
    keepOverrides(stack, overrides, env);
    expect(configured(stack, "lab")).toBe(lab);
  });
});

describe("the processes of an update", () => {
  it("are found by the stack's folder with the command line that owns them, and ended", async () => {
    const marked = { ...process.env, [UPDATE_VARIABLE]: folder, [OWNER_VARIABLE]: "4711" };
    // A shell and what it has started, both deaf to a polite request.
    const child = spawn("bash", ["-c", 'trap "" TERM; sleep 300 & wait; wait'], {
      env: marked,
      stdio: "ignore",
      detached: true,
    });
    await once(child, "spawn");
    await expect.poll(() => updateProcesses(folder).length).toBe(2);
    const found = updateProcesses(folder);
    expect(found.map(({ owner }) => owner)).toEqual([4711, 4711]);
    expect(updateProcesses(`${folder}-other`)).toEqual([]);
    const clock = new TestClock();
    const pids = found.map(({ pid }) => pid);
    await endProcesses(pids, 0.3, clock);
    expect(clock.pauses).toEqual([50, 50, 50, 50, 50, 50]);
    await expect.poll(() => found.filter(({ pid }) => isAlive(pid)).length).toBe(0);
  });
});
