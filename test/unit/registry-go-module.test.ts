import { describe, expect, it } from "vitest";
import { exclusions, goModText, sharedVersions } from "../../infra/toolchain/registry/go-module";
import { isGoNewEnough } from "../../infra/toolchain/registry/package-steps";

const module = { path: "example.org/tool", version: "v1.2.3" };

describe("goModText", () => {
  it("copies the module's own requirements, so that its programs are built with them", () => {
    const text = goModText(module, { Go: "1.25.1", Require: [{ Path: "example.org/a", Version: "v0.1.0" }] });
    expect(text).toBe(
      "module istio-lab/build\n\ngo 1.25.1\nrequire example.org/a v0.1.0\nrequire example.org/tool v1.2.3\n",
    );
  });

  it.each([
    [
      "a replacement by another module counts, with its version",
      { Path: "example.org/fork", Version: "v9.0.0" },
      "replace example.org/a => example.org/fork v9.0.0",
    ],
    ["a staging folder is left out", { Path: "./staging/src/example.org/a" }, undefined],
    ["any other folder of upstream's repository is left out", { Path: "../a" }, undefined],
  ])("%s", (_, New, line) => {
    const text = goModText(
      module,
      { Replace: [{ Old: { Path: "example.org/a" }, New }] },
      { stagingVersion: "v0.34.4" },
    );
    expect(text.split("\n").filter((each) => each.startsWith("replace"))).toEqual(line === undefined ? [] : [line]);
  });

  it.each([
    ["is required in the published version", "v0.34.4", "require example.org/a v0.34.4"],
    ["keeps its version if none is given", undefined, "require example.org/a v0.0.0"],
  ])("a module that upstream has a staging folder for %s", (_, stagingVersion, line) => {
    const text = goModText(
      module,
      {
        Require: [{ Path: "example.org/a", Version: "v0.0.0" }],
        Replace: ["a", "unused"].map((name) => ({
          Old: { Path: `example.org/${name}` },
          New: { Path: `./staging/src/example.org/${name}` },
        })),
      },
      stagingVersion === undefined ? {} : { stagingVersion },
    );
    expect(text.match(/require .*/g)).toEqual([line, "require example.org/tool v1.2.3"]);
  });

  it("puts shared versions in place of the module's own, and raised ones in theirs", () => {
    const upstream = { Require: ["a", "b"].map((name) => ({ Path: `example.org/${name}`, Version: "v0.9.0" })) };
    const shared = new Map(["a", "b", "c"].map((name) => [`example.org/${name}`, "v0.2.0"]));
    const text = goModText(module, upstream, { shared, raised: [{ path: "example.org/b", version: "v0.3.0" }] });
    expect(text.match(/require example.org\/[abc] .*/g)).toEqual([
      "require example.org/a v0.2.0",
      "require example.org/b v0.3.0",
      "require example.org/c v0.2.0",
    ]);
  });

  it("keeps the version that a replacement is limited to", () => {
    const Replace = [
      { Old: { Path: "example.org/a", Version: "v1.0.0" }, New: { Path: "example.org/b", Version: "v2.0.0" } },
    ];
    expect(goModText(module, { Replace })).toContain("replace example.org/a v1.0.0 => example.org/b v2.0.0\n");
  });

  it("puts raised versions in place of the module's own", () => {
    const upstream = { Require: [{ Path: "example.org/a", Version: "v0.1.0" }] };
    const text = goModText(module, upstream, { raised: [{ path: "example.org/a", version: "v0.2.0" }] });
    expect(text.match(/require example.org\/a .*/g)).toEqual(["require example.org/a v0.2.0"]);
  });

  it("keeps upstream's defaults of the Go runtime", () => {
    expect(goModText(module, { Godebug: [{ Key: "default", Value: "go1.24" }] })).toContain("godebug default=go1.24\n");
  });
});

describe("sharedVersions", () => {
  it("takes all versions of the other build, but of modules that keep their own", () => {
    const Require = ["a", "b"].map((name) => ({ Path: `example.org/${name}`, Version: "v0.2.0" }));
    expect([...sharedVersions({ Require }, ["example.org/b"])]).toEqual([["example.org/a", "v0.2.0"]]);
  });
});

describe("exclusions", () => {
  const shared = new Map([["example.org/a", "v0.2.0"]]);
  it.each([
    ["a version other than the shared one, once", "example.org/a v0.3.0\nexample.org/a v0.3.0\n", ["v0.3.0"]],
    ["not the shared one", "example.org/a v0.2.0\n", []],
    ["no module that is not shared", "example.org/b v0.3.0\n", []],
    ["neither the main module nor the standard library, which have no version", "\nexample.org/a \n\n", []],
  ])("names %s", (_, selected, versions) => {
    expect(exclusions(selected, shared)).toEqual(versions.map((version) => ({ path: "example.org/a", version })));
  });
});

describe("isGoNewEnough", () => {
  it.each([
    ["go version go1.26.0 linux/amd64", true],
    ["go version go1.26 linux/amd64", true],
    ["go version go1.26.8 linux/arm64", true],
    ["go version go1.27rc1 linux/amd64", true],
    ["go version go2.0.0 linux/amd64", true],
    ["go version go1.25.9 linux/amd64", false],
    ["go version go1.19.8 linux/amd64", false],
    ["go version go1.9 linux/amd64", false],
    ["", false],
  ])("%j against 1.26.0 is %s", (text, expected) => {
    expect(isGoNewEnough(text, "1.26.0")).toBe(expected);
  });

  it("looks at the last number, too", () => {
    expect(isGoNewEnough("go version go1.26.2 linux/amd64", "1.26.3")).toBe(false);
  });
});
