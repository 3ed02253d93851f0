import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ensureOwner } from "../../infra/core/state-folders";
import { manifestFile, toolchainFolder } from "../../infra/core/toolchain-key";
import { onFile } from "../../lab/cli/ui/file-error";
import { clearInterrupted } from "../../lab/cli/pulumi/interrupted";
import { openSession } from "../../lab/cli/pulumi/session";
import {
  configured,
  ensureStackProject,
  stackConfigFile,
  stackProjectFolder,
  writeStackConfig,
} from "../../lab/cli/stack/stack-project";
import { readObservation } from "../../lab/cli/trace/observation";
import type { Station } from "../../lab/cli/trace/station";
import { UserError } from "../../lab/cli/ui/user-error";
import { readYaml, writeChanged } from "../../lab/cli/stack/yaml-file";
import { preparedToolchain } from "../../lab/program/prepared-toolchain";
import { FakeBin } from "../support/fake-bin";
import { testFolder } from "../support/test-folder";

let folder: string;

beforeEach(() => {
  folder = testFolder();
});

/** What is thrown is for the user, and in one line. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

describe("a settings file", () => {
  const remedy = "correct it";
  it.each([
    ["a: b: c\n", `not YAML: Nested mappings are not allowed in compact mappings at line 1, column 4; ${remedy}`],
    ["- a\n", `holds a list, and settings by name are wanted; ${remedy}`],
    ["text\n", `holds the text "text", and settings by name are wanted; ${remedy}`],
  ])("that holds %j is named in one line, with what to do", (text, problem) => {
    const file = join(folder, "settings.yaml");
    writeFileSync(file, text);
    expect(refusal(() => readYaml(file))).toBe(`${file}: ${problem}`);
  });

  it.each(["", "# nothing\n", "~\n"])("that holds %j holds nothing", (text) => {
    writeFileSync(join(folder, "settings.yaml"), text);
    expect(readYaml(join(folder, "settings.yaml"))).toEqual({});
  });

  it("that is a folder is named, read or written", () => {
    expect(refusal(() => readYaml(folder))).toBe(`${folder}: cannot be read: illegal operation on a directory`);
    expect(refusal(() => writeChanged(folder, "text"))).toMatch(new RegExp(`^${folder}: cannot be written: `));
  });

  it("whose folder is not there is named", () => {
    const file = join(folder, "none", "file");
    expect(refusal(() => writeChanged(file, "text"))).toBe(`${file}: cannot be written: no such file or directory`);
  });
});

describe("a refusal of the system", () => {
  const systemError = (message: string) => Object.assign(new Error(message), { code: "X", syscall: "write" });
  it.each([
    ["ENOSPC: no space left on device, write", "no space left on device"],
    ["EACCES: permission denied, open '/a, b'", "permission denied"],
    ["ENAMETOOLONG: name too long, mkdir '/a' -> '/b'", "name too long"],
    ["something else", "something else"],
  ])("%j reads %j", (message, reason) => {
    const fail = () => {
      throw systemError(message);
    };
    expect(refusal(() => onFile("/file", "written", fail))).toBe(`/file: cannot be written: ${reason}`);
  });

  it("is no other error's disguise", () => {
    const fault = new TypeError("a fault");
    const fail = () => {
      throw fault;
    };
    expect(() => onFile("/file", "written", fail)).toThrow(fault);
  });
});

describe("a stack's own configuration", () => {
  const env = () => ({ ISTIO_LAB_STATE: folder });
  const damage = (name: string, text: string) => {
    ensureStackProject("s", env());
    writeFileSync(join(stackProjectFolder("s", env()), name), text);
  };

  it.each(["{", "text", "- list"])("is written again if it holds %j", (text) => {
    damage("Pulumi.s.yaml", text);
    writeStackConfig("s", { "istio-lab:lab": "vm" }, env());
    expect(readYaml(stackConfigFile("s", env()))).toEqual({ config: { "istio-lab:lab": "vm" } });
  });

  it("says what to do if what -c has set is damaged", () => {
    damage("overrides.yaml", "{");
    const message = refusal(() => writeStackConfig("s", {}, env()));
    expect(message).toMatch(/overrides\.yaml: not YAML: .*; remove it, and give the settings of -c again$/);
    expect(message.split("\n")).toHaveLength(1);
  });

  it("cannot be made in a file's place", () => {
    ensureOwner("s", env());
    writeFileSync(join(folder, ".projects"), "");
    expect(refusal(() => writeStackConfig("s", {}, env()))).toMatch(
      /\.projects\/s: cannot be used as a folder of istio-lab \(ENOTDIR\); name another one$/,
    );
  });

  it("is the default if nothing is set", () => {
    expect(configured("no-such-stack", "lab")).toBeUndefined();
  });
});

describe("the account of the set-up", () => {
  const KEY = { source: "official", versionSet: "current", lab: "traffic-flow" } as const;
  const env = () => ({ ISTIO_LAB_CACHE: folder, ISTIO_LAB_STATE: join(folder, "state") });

  it.each(["", "{", "null", "[]", "{}", '{"schema":1}'])("that holds %j is named, with what to run", (text) => {
    const file = manifestFile(toolchainFolder(KEY, env()));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    expect(() => preparedToolchain({ lab: "traffic-flow", versions: "current" }, "s", env())).toThrow(
      expect.objectContaining({
        message: `${file}: damaged; run: npm run lab -- setup --lab traffic-flow --versions current`,
        __pulumiRunError: true,
      }) as Error,
    );
  });

  it("is absent before the first set-up", () => {
    expect(preparedToolchain({ lab: "vm", versions: "auto" }, "s", env())).toBeUndefined();
  });
});

describe("a lock of a run that was killed", () => {
  const DEAD = 2 ** 22 + 1;
  it.each([
    ["that is empty", ""],
    ["that is half written", '{"pid":12'],
    ["that is no lock", "[]"],
    ["of a process that has ended", JSON.stringify({ pid: DEAD, hostname: hostname() })],
  ])("%s is removed", async (_, text) => {
    const file = lockFile(text);
    await clearInterrupted(session());
    expect(existsSync(file)).toBe(false);
  });

  it("of another host stays", async () => {
    const file = lockFile(JSON.stringify({ pid: DEAD, hostname: "another-host" }));
    await clearInterrupted(session());
    expect(existsSync(file)).toBe(true);
  });

  function lockFile(text: string): string {
    const locks = join(folder, ".pulumi", "locks", "organization", "istio-lab", "s");
    mkdirSync(locks, { recursive: true });
    writeFileSync(join(locks, "1.json"), text);
    return join(locks, "1.json");
  }

  function session() {
    vi.stubEnv("ISTIO_LAB_STATE", folder);
    return openSession("s");
  }
});

describe("operations that were under way when an engine was killed", () => {
  const pending = [{ resource: { urn: "urn:pulumi:s::p::t::a", type: "command:local:Command" }, type: "creating" }];
  const stateWith = (more: object) => ({ version: 3, checkpoint: { latest: { resources: [], ...more } } });

  it.each([
    ["are taken out of the state", stateWith({ pending_operations: pending }), ["export", "import"]],
    ["are not looked for by Pulumi in a state that notes none", stateWith({}), []],
    ["are not looked for by Pulumi if the list is empty", stateWith({ pending_operations: [] }), []],
    ["are not looked for by Pulumi if there is no state", undefined, []],
  ])("%s", async (_, state, calls) => {
    const bin = new FakeBin({
      pulumi: `case "$*" in *" export "*) cat "$FOLDER/export.json" ;; *" import "*) cp "$4" "$FOLDER/imported.json" ;; esac`,
    });
    writeFileSync(
      join(bin.folder, "export.json"),
      JSON.stringify({ version: 3, deployment: { resources: [], pending_operations: pending } }),
    );
    const stacks = join(folder, ".pulumi", "stacks", "istio-lab");
    mkdirSync(stacks, { recursive: true });
    if (state !== undefined) {
      writeFileSync(join(stacks, "s.json"), JSON.stringify(state));
    }
    vi.stubEnv("ISTIO_LAB_STATE", folder);
    vi.stubEnv("PATH", bin.path);
    await clearInterrupted(openSession("s"));
    expect(bin.calls().map((call) => call.split(" ")[2])).toEqual(calls);
    if (calls.length > 0) {
      const imported: unknown = JSON.parse(readFileSync(join(bin.folder, "imported.json"), "utf8"));
      expect(imported).toEqual({ version: 3, deployment: { resources: [] } });
    }
  });
});

describe("what came through of a station incomplete", () => {
  const station: Station = {
    ...({ id: "s1", label: "pod default/webapp", kind: "pod", key: "-", logs: "-", addresses: [] } as const),
    machine: { name: "m", shell: [], quoted: false, prefix: "" },
  };

  it.each([
    ["listeners", '[{"name":'],
    ["routes", "{}"],
  ])("is said of its %s in one line", (section, text) => {
    expect(refusal(() => readObservation(station, new Map([[section, text]]), "mark"))).toBe(
      `pod default/webapp: Envoy's ${section} came through incomplete: ${text}; trace again`,
    );
  });
});
