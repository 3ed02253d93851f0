import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { sourceFile } from "../../infra/core/known-source";
import {
  configuredToolchain,
  keyText,
  parseKey,
  setupCommand,
  toolchainFolder,
  toolchainOfUpdate,
  type ToolchainKey,
} from "../../infra/core/toolchain-key";
import { readToolchainRecord, toolchainRecordFile } from "../../infra/core/toolchain-record";
import { LABS } from "../../lab/registry";
import { preparedToolchain, toolchainIssues } from "../../lab/program/prepared-toolchain";
import { fakeToolchains } from "../support/fake-toolchains";
import { testFolder } from "../support/test-folder";

let folder: string;
const cache = () => join(folder, "cache");
const env = (more: Readonly<Record<string, string>> = {}) => ({
  ISTIO_LAB_CACHE: cache(),
  ISTIO_LAB_STATE: join(folder, "state"),
  ...more,
});

beforeEach(() => {
  folder = testFolder();
});

const key = (text: string): ToolchainKey => {
  const parsed = parseKey(text, LABS);
  if (parsed === undefined) throw new Error(`${text}: no key`);
  return parsed;
};

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

describe("the key of a toolchain", () => {
  it.each<[string, ToolchainKey]>([
    ["official-book-vm", { source: "official", versionSet: "book", lab: "vm" }],
    ["registry-registry-traffic-flow", { source: "registry", versionSet: "registry", lab: "traffic-flow" }],
    ["official-my-vm-vm", { source: "official", versionSet: "my-vm", lab: "vm" }],
    [
      "official-our-traffic-flow-multicluster",
      { source: "official", versionSet: "our-traffic-flow", lab: "multicluster" },
    ],
  ])("%s names its folder, and is read again", (text, parsed) => {
    expect([keyText(parsed), parseKey(text, LABS)]).toEqual([text, parsed]);
    expect(toolchainFolder(parsed, env())).toBe(join(cache(), "toolchains", text));
  });

  it.each(["official-vm", "other-book-vm", "official-book-web", "official-auto-vm", "vm", "", "official-Book-vm"])(
    "is not %j",
    (text) => {
      expect(parseKey(text, LABS)).toBeUndefined();
    },
  );

  it.each([
    ["official-book-vm", "npm run lab -- setup --lab vm"],
    ["official-current-multicluster", "npm run lab -- setup --lab multicluster --versions current"],
    ["registry-registry-traffic-flow", "npm run lab -- setup --lab traffic-flow"],
  ])("%s is prepared by %s", (text, command) => {
    expect(setupCommand(key(text))).toBe(command);
  });
});

describe("the toolchain of a configuration", () => {
  it.each<[string, string, Parameters<typeof configuredToolchain>[0], string]>([
    ["says nothing", "official", { lab: "vm" }, "official-book-vm"],
    ["says auto", "registry", { lab: "multicluster", versions: "auto" }, "registry-registry-multicluster"],
    ["names a set", "official", { lab: "traffic-flow", versions: "current" }, "official-current-traffic-flow"],
    ["names a set of the user's own", "official", { lab: "vm", versions: "company" }, "official-company-vm"],
    [
      "names a set that the source does not serve",
      "registry",
      { lab: "vm", versions: "current" },
      "registry-registry-vm",
    ],
    ["names no folder", "official", { lab: "vm", versions: "../y" }, "official-book-vm"],
  ])("is, if it %s and %s serves this machine, its own", (_, source, wanted, text) => {
    expect(keyText(configuredToolchain(wanted, env({ ISTIO_LAB_SOURCE: source })))).toBe(text);
    write(sourceFile(cache()), JSON.stringify({ source, reason: "because" }));
    expect(keyText(configuredToolchain(wanted, env()))).toBe(text);
  });

  it("is the one that is prepared if nobody knows what serves this machine", () => {
    expect(keyText(configuredToolchain({ lab: "vm" }, env()))).toBe("official-book-vm");
    fakeToolchains(cache(), "/bin", [key("registry-registry-multicluster")]);
    expect(keyText(configuredToolchain({ lab: "vm" }, env()))).toBe("official-book-vm");
    expect(keyText(configuredToolchain({ lab: "multicluster" }, env()))).toBe("registry-registry-multicluster");
  });
});

describe("the toolchain of an update", () => {
  it.each<[string, string | undefined, Parameters<typeof toolchainOfUpdate>[1], string, boolean]>([
    ["nothing is recorded", undefined, { lab: "vm" }, "official-book-vm", false],
    ["the source has changed", "registry-registry-vm", { lab: "vm" }, "registry-registry-vm", true],
    [
      "the configuration says auto",
      "official-current-vm",
      { lab: "vm", versions: "auto" },
      "official-current-vm",
      true,
    ],
    [
      "the configuration names the same set",
      "official-current-vm",
      { lab: "vm", versions: "current" },
      "official-current-vm",
      true,
    ],
    [
      "the configuration names another set",
      "official-current-vm",
      { lab: "vm", versions: "book" },
      "official-book-vm",
      false,
    ],
    [
      "the stack holds another lab",
      "official-current-vm",
      { lab: "multicluster" },
      "official-book-multicluster",
      false,
    ],
  ])("if %s, is %s -> %j", (_, recorded, wanted, text, isRecorded) => {
    const found = toolchainOfUpdate(
      recorded === undefined ? undefined : key(recorded),
      wanted,
      env({ ISTIO_LAB_SOURCE: "official" }),
    );
    expect([keyText(found.key), found.isRecorded]).toEqual([text, isRecorded]);
  });
});

describe("the record of a stack", () => {
  it.each([
    "",
    "{",
    "null",
    "[]",
    '{"source":"official","versionSet":"../x","lab":"vm"}',
    '{"source":"x","versionSet":"book","lab":"vm"}',
  ])("that holds %j is none", (text) => {
    write(toolchainRecordFile("s", env()), text);
    expect(readToolchainRecord("s", env())).toBeUndefined();
  });
});

describe("the program", () => {
  const wanted = { lab: "multicluster", versions: "auto" } as const;
  const record = (text: string) => write(toolchainRecordFile("s", env()), JSON.stringify(key(text)));
  const prepare = (...texts: string[]) => fakeToolchains(cache(), "/bin", texts.map(key));
  const found = (more: Readonly<Record<string, string>> = {}) => preparedToolchain(wanted, "s", env(more));

  it("takes the toolchain that the variable names, else what its stack records, else what the configuration gives", () => {
    const [book = "", current = ""] = prepare(
      "official-book-multicluster",
      "official-current-multicluster",
      "registry-registry-multicluster",
    );
    expect(found()?.versionSet).toBe("book");
    expect(found({ ISTIO_LAB_SOURCE: "registry" })?.versionSet).toBe("registry");
    record("official-current-multicluster");
    expect(found({ ISTIO_LAB_SOURCE: "registry" })?.versionSet).toBe("current");
    expect([book, current].map((named) => found({ ISTIO_LAB_TOOLCHAIN: named })?.versionSet)).toEqual([
      "book",
      "current",
    ]);
  });

  it("names what prepares the one that it does not find", () => {
    record("official-current-multicluster");
    expect([found(), toolchainIssues(wanted, "s", undefined, env())]).toEqual([
      undefined,
      [
        {
          key: "lab",
          problem: "the toolchain is not there yet; run: npm run lab -- setup --lab multicluster --versions current",
        },
      ],
    ]);
  });

  it("refuses a variable that is no absolute path", () => {
    expect(() => found({ ISTIO_LAB_TOOLCHAIN: "toolchains" })).toThrow(
      'ISTIO_LAB_TOOLCHAIN: "toolchains" given; it is set by: eval "$(npm run -s lab -- env --stack s)"',
    );
  });

  it.each([
    [
      "whose record says another one",
      "official-current-multicluster",
      "official-book-multicluster",
      "stack s was built with official-current-multicluster",
    ],
    ["that is another lab's, and records none", undefined, "official-book-vm", "the lab is multicluster"],
  ])("refuses the tools of another stack for a stack %s", (_, recorded, shell, own) => {
    const [named = ""] = prepare(shell);
    if (recorded !== undefined) record(recorded);
    const variables = { ISTIO_LAB_TOOLCHAIN: named };
    const issues = (more: Readonly<Record<string, string>> = {}) =>
      toolchainIssues(wanted, "s", found(variables), env({ ...variables, ...more }));
    expect(issues()).toEqual([
      {
        key: "lab",
        problem: `the tools here are those of ${shell}, and ${own}; run: eval "$(npm run -s lab -- env --stack s)"`,
      },
    ]);
    // An `up` of ours is about to change it.
    expect(issues({ ISTIO_LAB_UPDATE: "/state/s" })).toEqual([]);
  });

  it("accepts the tools of its own stack", () => {
    const [named = ""] = prepare("official-current-multicluster");
    record("official-current-multicluster");
    expect(toolchainIssues(wanted, "s", found(), env({ ISTIO_LAB_TOOLCHAIN: named }))).toEqual([]);
  });
});
