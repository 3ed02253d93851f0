import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { isWritten, throughDraft, writeNew, writeWhole } from "../../infra/core/whole-file";
import { writeFileAtomic } from "../../infra/toolchain/files";
import { writeChanged } from "../../lab/cli/stack/yaml-file";
import { canMount, SmallDisk } from "../support/full-disk";
import { testFolder } from "../support/test-folder";

let folder: string;
let file: string;
beforeEach(() => {
  folder = testFolder();
  file = join(folder, "settings");
});

const WRITERS = [
  ["writeWhole", writeWhole],
  ["writeNew", writeNew],
  ["writeChanged", writeChanged],
  ["writeFileAtomic", writeFileAtomic],
] as const;

describe.each(WRITERS)("a file that %s writes", (_name, write) => {
  it("is there whole, for its owner alone, and nothing beside it", () => {
    write(file, "text");
    expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["text", 0o600]);
    expect(readdirSync(folder)).toEqual(["settings"]);
  });

  it.runIf(canMount)("leaves nothing beside it if the disk is full", () => {
    const disk = new SmallDisk(folder);
    disk.fill();
    expect(() => write(file, "text")).toThrow(/no space left on device/);
    expect(readdirSync(folder)).toEqual(["filler"]);
  });
});

describe("a file in whose place a folder is", () => {
  it("leaves nothing beside it", () => {
    mkdirSync(file);
    expect(() => writeWhole(file, "text")).toThrow(/EISDIR|directory/);
    expect(readdirSync(folder)).toEqual(["settings"]);
  });

  it("is not there again", () => {
    mkdirSync(file);
    expect(writeNew(file, "text")).toBe(false);
    expect(readdirSync(folder)).toEqual(["settings"]);
  });
});

describe("a draft", () => {
  it("replaces one that a killed process of the same id has left", () => {
    writeFileSync(`${file}.${String(process.pid)}`, "left", { mode: 0o400 });
    const seen = throughDraft(file, (draft) => existsSync(draft));
    expect([seen, readdirSync(folder)]).toEqual([false, []]);
  });

  it.each([
    ["Pulumi.dev.yaml", true],
    ["Pulumi.dev.yaml.26958", true],
    ["Pulumi.dev.yaml.old", false],
    ["Pulumi.dev.yaml.26958.1", false],
    ["Pulumi.other.yaml.26958", false],
  ])("is known by its name: %s", (name, known) => {
    expect(isWritten(name, ["Pulumi.dev.yaml"])).toBe(known);
  });
});
