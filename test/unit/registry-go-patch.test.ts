import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { patchedFolder, patchLines, patchModule, type PatchedModule } from "../../infra/toolchain/registry/go-patch";
import { goSteps } from "../../infra/toolchain/registry/go-steps";
import { kubernetesProviderStubs, pulumiStubs } from "../../infra/toolchain/registry/pulumi-stubs";
import { stubFolder } from "../../infra/toolchain/registry/sources";
import { testFolder } from "../support/test-folder";

let folder: string;
beforeEach(() => {
  folder = testFolder();
  write("stubs/left-out.go", "stub");
  write("source/go.mod", "module example.org/tool");
  for (const name of ["a/a.go", "a/kept.go", "a/a_test.go", "a/page.html", "a/testdata/a.go", "b/b.go"]) {
    write(`source/${name}`, name);
  }
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

async function patched(change: Partial<PatchedModule>): Promise<string[]> {
  const module = { path: "example.org/tool", copied: ["."], packages: {}, ...change };
  await patchModule(module, join(folder, "to"), join(folder, "source"), join(folder, "stubs"));
  return readdirSync(join(folder, "to"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "to").length + 1))
    .sort();
}

describe("patchModule", () => {
  it.each<[string, Partial<PatchedModule>, string[]]>([
    ["copies a module without its tests", {}, ["a/a.go", "a/kept.go", "a/page.html", "b/b.go", "go.mod"]],
    ["copies the folders that are named", { copied: ["b"] }, ["b/b.go", "go.mod"]],
    [
      "replaces all Go files of a package",
      { packages: { a: { file: "left-out.go" } } },
      ["a/page.html", "a/stub.go", "b/b.go", "go.mod"],
    ],
    [
      "keeps the files that are named",
      { packages: { a: { file: "left-out.go", kept: ["kept.go"] } } },
      ["a/kept.go", "a/page.html", "a/stub.go", "b/b.go", "go.mod"],
    ],
    [
      "makes the files that upstream generates as copies",
      { copied: ["b"], generated: { "b/page-embed.html": "a/page.html" } },
      ["b/b.go", "b/page-embed.html", "go.mod"],
    ],
    [
      "puts a stub if nothing is copied",
      { copied: ["b"], packages: { a: { file: "left-out.go" } } },
      ["a/stub.go", "b/b.go", "go.mod"],
    ],
  ])("%s", async (_, change, files) => {
    expect(await patched(change)).toEqual(files);
  });

  it("makes a module of stubs only", async () => {
    await patchModule(
      { path: "example.org/tool", copied: [], packages: { ".": { file: "left-out.go" } } },
      join(folder, "to"),
      undefined,
      join(folder, "stubs"),
    );
    expect(readdirSync(join(folder, "to"))).toEqual(["go.mod", "stub.go"]);
    expect(readFileSync(join(folder, "to", "go.mod"), "utf8")).toBe("module example.org/tool\n\ngo 1.24\n");
  });

  it("makes files of a read-only module writable", async () => {
    chmodSync(join(folder, "source/b/b.go"), 0o444);
    await patched({});
    expect(statSync(join(folder, "to/b/b.go")).mode & 0o777).toBe(0o644);
  });
});

describe("patchLines", () => {
  it("gives modules that are within each other folders of their own", () => {
    const modules = ["example.org/a", "example.org/a/v2"].map((path) => ({ path, copied: [], packages: {} }));
    expect(patchLines(modules)).toBe(
      "replace example.org/a => ./patched/example.org-a\nreplace example.org/a/v2 => ./patched/example.org-a-v2\n",
    );
    expect(patchedFolder("example.org/a/v2")).toBe("patched/example.org-a-v2");
  });
});

describe.each([
  ["pulumi", pulumiStubs],
  ["pulumi-resource-kubernetes", kubernetesProviderStubs],
])("the stubs of %s", (build, stubs) => {
  const files = stubs.flatMap(({ packages }) => Object.values(packages).map(({ file }) => file));

  it("are files, each in use", () => {
    expect([...new Set(files)].sort()).toEqual(readdirSync(stubFolder(build)).sort());
  });

  it("decide the key of the step", () => {
    const step = goSteps().find(({ name }) => name === `${build}-modules`);
    for (const file of files) {
      expect(step?.inputs.join("\n")).toContain(readFileSync(join(stubFolder(build), file), "utf8"));
    }
  });
});
