import { describe, expect, it } from "vitest";
import { goModText } from "../../infra/toolchain/registry/go-module";
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
    [
      "a staging folder becomes the published module of the staging version",
      { Path: "./staging/src/example.org/a" },
      "replace example.org/a => example.org/a v0.34.4",
    ],
    ["any other folder of upstream's repository is left out", { Path: "../a" }, undefined],
  ])("%s", (_, New, line) => {
    const text = goModText(
      module,
      { Replace: [{ Old: { Path: "example.org/a" }, New }] },
      { stagingVersion: "v0.34.4" },
    );
    expect(text.split("\n").filter((each) => each.startsWith("replace"))).toEqual(line === undefined ? [] : [line]);
  });

  it("keeps the version that a replacement is limited to", () => {
    const Replace = [
      { Old: { Path: "example.org/a", Version: "v1.0.0" }, New: { Path: "example.org/b", Version: "v2.0.0" } },
    ];
    expect(goModText(module, { Replace })).toContain("replace example.org/a v1.0.0 => example.org/b v2.0.0\n");
  });

  it("puts raised versions in the place of the module's own", () => {
    const upstream = { Require: [{ Path: "example.org/a", Version: "v0.1.0" }] };
    const text = goModText(module, upstream, { raised: [{ path: "example.org/a", version: "v0.2.0" }] });
    expect(text.match(/require example.org\/a .*/g)).toEqual(["require example.org/a v0.2.0"]);
  });

  it("keeps upstream's defaults of the Go runtime", () => {
    expect(goModText(module, { Godebug: [{ Key: "default", Value: "go1.24" }] })).toContain("godebug default=go1.24\n");
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
