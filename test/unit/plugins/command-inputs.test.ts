import { describe, expect, it } from "vitest";
import { checkInputs } from "../../../infra/toolchain/plugins/command/check";
import { diffInputs } from "../../../infra/toolchain/plugins/command/diff";
import {
  copyToRemoteInputs,
  localCommandInputs,
  remoteCommandInputs,
} from "../../../infra/toolchain/plugins/command/fields";
import { previewCreate, previewUpdate } from "../../../infra/toolchain/plugins/command/outputs";
import { Asset, Secret, Unknown, type PropertyMap } from "../../../infra/toolchain/plugins/rpc/property-value";

describe("checking inputs", () => {
  it.each<[string, PropertyMap, string, string]>([
    [
      "a wrong type",
      { create: 5 },
      "create",
      "Field 'create' on 'local.CommandInputs' must be a 'string'; got 'float64' instead",
    ],
    [
      "a list for text",
      { dir: ["x"] },
      "dir",
      "Field 'dir' on 'local.CommandInputs' must be a 'string'; got '[]interface {}' instead",
    ],
    [
      "a bad element",
      { interpreter: ["sh", 1] },
      "interpreter[1]",
      "Field 'interpreter[1]' on 'local.CommandInputs' must be a 'string'; got 'float64' instead",
    ],
    [
      "a number in the environment",
      { environment: { A: 1 } },
      "environment[A] value",
      "Field 'environment[A] value' on 'local.CommandInputs' must be a 'string'; got 'float64' instead",
    ],
    ["a field that is not there", { commnad: "x" }, "commnad", "Unrecognized field 'commnad' on 'local.CommandInputs'"],
    [
      "a wrong type under a secret",
      { stdin: new Secret(true) },
      "stdin",
      "Field 'stdin' on 'local.CommandInputs' must be a 'string'; got 'bool' instead",
    ],
  ])("refuses %s", (_what, news, property, reason) => {
    expect(checkInputs(news, localCommandInputs).failures).toEqual([{ property, reason }]);
  });

  it.each<[string, PropertyMap]>([
    ["nothing", {}],
    ["null for a field", { create: null }],
    ["unknown values", { create: new Unknown(), environment: { A: new Unknown() }, triggers: new Unknown() }],
    ["triggers of any type", { triggers: [1, "a", null, { x: true }, new Asset({ text: "t" })] }],
  ])("takes %s as it is", (_what, news) => {
    expect(checkInputs(news, localCommandInputs)).toEqual({ inputs: news, failures: [] });
  });

  it("fills in a connection and makes it secret, its keys twice", () => {
    const connection = { host: "a", privateKey: "k", proxy: { host: "b", port: 23, password: "p" } };
    expect(checkInputs({ connection }, remoteCommandInputs)).toEqual({
      inputs: {
        connection: new Secret({
          host: "a",
          privateKey: new Secret("k"),
          user: "root",
          port: 22,
          dialErrorLimit: 10,
          perDialTimeout: 15,
          proxy: {
            host: "b",
            port: 23,
            password: new Secret("p"),
            user: "root",
            dialErrorLimit: 10,
            perDialTimeout: 15,
          },
        }),
      },
      failures: [],
    });
  });

  it("does not wrap a connection twice that is secret already, and leaves one alone that is unknown", () => {
    const given = checkInputs({ connection: new Secret(new Unknown()) }, remoteCommandInputs);
    expect(given).toEqual({ inputs: { connection: new Secret(new Unknown()) }, failures: [] });
  });

  it("names every required field that is missing, in nested objects too", () => {
    const failures = checkInputs({ connection: {} }, copyToRemoteInputs).failures?.map((failure) => failure.reason);
    expect(failures).toEqual([
      "Missing required field 'host' on 'remote.Connection'",
      "Missing required field 'source' on 'remote.CopyToRemoteInputs'",
      "Missing required field 'remotePath' on 'remote.CopyToRemoteInputs'",
    ]);
  });
});

describe("comparing inputs", () => {
  it.each<[string, PropertyMap, PropertyMap, Record<string, string>]>([
    ["equal inputs", { create: "a", environment: { A: "1" } }, { create: "a", environment: { A: "1" } }, {}],
    ["another text", { create: "a" }, { create: "b" }, { create: "update" }],
    ["a new and a lost field", { create: "a" }, { update: "b" }, { create: "delete", update: "add" }],
    [
      "one variable",
      { environment: { A: "1", B: "2" } },
      { environment: { A: "1", B: "3" } },
      { "environment.B": "update" },
    ],
    ["a name with a dot", { environment: {} }, { environment: { "a.b": "1" } }, { 'environment["a.b"]': "add" }],
    ["another trigger", { triggers: ["a", "b"] }, { triggers: ["a", "c"] }, { "triggers[1]": "update-replace" }],
    ["a trigger more", { triggers: ["a"] }, { triggers: ["a", "b"] }, { "triggers[1]": "add-replace" }],
    ["the first triggers", {}, { triggers: ["a"] }, { triggers: "add-replace" }],
    ["an unknown value", { create: "a" }, { create: new Unknown() }, { create: "update" }],
    ["a value that became secret", { stdin: "a" }, { stdin: new Secret("a") }, {}],
    [
      "a secret object, only that it",
      { connection: new Secret({ host: "a", port: 22 }) },
      { connection: new Secret({ host: "b", port: 22 }) },
      { connection: "update" },
    ],
    ["a secret that changed", { stdin: new Secret("a") }, { stdin: new Secret("b") }, { stdin: "update" }],
    [
      "a file moved with the same contents",
      { source: new Asset({ path: "a", hash: "1" }) },
      { source: new Asset({ path: "b", hash: "1" }) },
      {},
    ],
    [
      "a file changed in place",
      { source: new Asset({ path: "a", hash: "1" }) },
      { source: new Asset({ path: "a", hash: "2" }) },
      { source: "update" },
    ],
    ["null and missing", { dir: null }, {}, {}],
  ])("finds of %s what changed", (_what, olds, news, expected) => {
    const diff = diffInputs(olds, news);
    const kinds = Object.entries(diff.detailedDiff ?? {}).map(([path, change]) => [path, change.kind]);
    expect(Object.fromEntries(kinds)).toEqual(expected);
    expect(diff.changes).toBe(Object.keys(expected).length > 0);
    expect(diff.replaces).toEqual(Object.keys(expected).filter((path) => expected[path]?.endsWith("-replace")));
  });

  it("leaves out what the program ignores", () => {
    expect(diffInputs({ create: "a", dir: "x" }, { create: "b", dir: "y" }, ["create"]).diffs).toEqual(["dir"]);
  });
});

describe("previewing", () => {
  it("knows the inputs of what is to be made, and none of its outputs", () => {
    expect(previewCreate({ create: "a" }, ["stdout"])).toEqual({ create: "a", stdout: new Unknown() });
  });

  it.each<[string, PropertyMap, unknown]>([
    ["keeps outputs where no input changes", { create: "a" }, "old"],
    ["forgets them where one does", { create: "b" }, new Unknown()],
    ["forgets them where one is unknown", { create: new Unknown() }, new Unknown()],
  ])("%s", (_what, news, stdout) => {
    expect(previewUpdate({ create: "a", stdout: "old" }, news, ["stdout"])["stdout"]).toEqual(stdout);
  });
});
