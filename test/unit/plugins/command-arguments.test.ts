import * as sdk from "@pulumi/pulumi/runtime/rpc";
import { describe, expect, it } from "vitest";
import {
  copyArguments,
  localArguments,
  notServed,
  remoteArguments,
} from "../../../infra/toolchain/plugins/command/arguments";
import {
  assetSignature,
  secret,
  secretSignature,
  signatureKey,
  unknown,
  withoutSecrets,
  type Properties,
} from "../../../infra/toolchain/plugins/command/properties";
import { changedInputs } from "../../../infra/toolchain/plugins/command/provider";

const silent = { addPreviousOutputInEnv: false, logging: "none" };
const local = { create: "a.sh", interpreter: ["/bin/sh", "-c"], ...silent };
const connection = {
  ...{ host: "127.0.0.1", port: 22, user: "ubuntu", privateKey: "k", hostKey: "h" },
  ...{ dialErrorLimit: 60, perDialTimeout: 5 },
};
const remote = { connection, create: "a.sh", ...silent };
const file = (fields: Properties): Properties => ({ [signatureKey]: assetSignature, ...fields });
const copy = { connection, source: file({ path: "/a", hash: "1" }), remotePath: "/b" };

describe("properties", () => {
  it("are named as the SDK names them", () => {
    expect([signatureKey, secretSignature, assetSignature, unknown]).toEqual([
      sdk.specialSigKey,
      sdk.specialSecretSig,
      sdk.specialAssetSig,
      sdk.unknownValue,
    ]);
  });

  it("is available without secrets, at every depth", () => {
    expect(withoutSecrets({ a: secret([secret("b"), null]), c: { d: secret(1) } })).toEqual({
      a: ["b", null],
      c: { d: 1 },
    });
  });

  it("become secret once", () => {
    expect(secret(secret("a"))).toEqual(secret("a"));
  });
});

describe("arguments", () => {
  it.each([
    [
      "a local command with all that labs give",
      { ...local, delete: "b.sh", environment: { A: "1" }, stdin: "x", triggers: [1, null, {}] },
      localArguments,
    ],
    ["a local command with as little as possible", local, localArguments],
    ["secrets", { ...local, stdin: secret("x"), environment: secret({ A: secret("1") }) }, localArguments],
    ["null for what may be left out", { ...local, delete: null }, localArguments],
    [
      "what a preview does not know",
      { ...local, environment: unknown, stdin: unknown, triggers: unknown },
      localArguments,
    ],
    ["a remote command", { ...remote, stdin: "x", triggers: ["m"] }, remoteArguments],
    [
      "a secret connection",
      { ...remote, connection: secret({ ...connection, privateKey: secret("k") }) },
      remoteArguments,
    ],
    [
      "a connection of which a part is unknown",
      { ...remote, connection: { ...connection, host: unknown, port: unknown } },
      remoteArguments,
    ],
    ["a copy", { ...copy, triggers: ["m"] }, copyArguments],
  ])("are served: %s", (_what, inputs, served) => {
    expect(notServed(inputs, served)).toEqual([]);
  });

  const localNames = "create, delete, interpreter, environment, stdin, triggers, addPreviousOutputInEnv, logging";
  const connectionNames = "host, port, user, privateKey, hostKey, dialErrorLimit, perDialTimeout";
  it.each([
    ["an argument of the official provider", { ...local, dir: "/" }, localArguments, "dir", localNames],
    [
      "update",
      { ...remote, update: "true" },
      remoteArguments,
      "update",
      "connection, create, stdin, triggers, addPreviousOutputInEnv, logging",
    ],
    ["files that are looked for", { ...local, assetPaths: ["*"] }, localArguments, "assetPaths", localNames],
    ["a misspelt argument", { ...local, commnad: "x" }, localArguments, "commnad", localNames],
    [
      "a proxy",
      { ...remote, connection: { ...connection, proxy: {} } },
      remoteArguments,
      "connection.proxy",
      connectionNames,
    ],
    [
      "a password, under a secret",
      { ...copy, connection: secret({ ...connection, password: "p" }) },
      copyArguments,
      "connection.password",
      connectionNames,
    ],
    ["a text asset", { ...copy, source: file({ text: "x" }) }, copyArguments, "What source is given", "a FileAsset"],
    ["an archive", { ...copy, source: { path: "/a" } }, copyArguments, "What source is given", "a FileAsset"],
    ["output that is shown", { ...local, logging: "stdout" }, localArguments, "What logging is given", '"none"'],
    [
      "output that is shown by default",
      { ...local, logging: null },
      localArguments,
      "A resource without logging",
      '"none"',
    ],
    [
      "the last output in the environment",
      { ...local, addPreviousOutputInEnv: true },
      localArguments,
      "What addPreviousOutputInEnv is given",
      "false",
    ],
    [
      "no interpreter",
      { ...local, interpreter: null },
      localArguments,
      "A resource without interpreter",
      "a list of strings",
    ],
    [
      "an empty interpreter",
      { ...local, interpreter: [] },
      localArguments,
      "What interpreter is given",
      "a list of strings",
    ],
    [
      "a number in the interpreter",
      { ...local, interpreter: ["sh", 1] },
      localArguments,
      "What interpreter is given",
      "a list of strings",
    ],
    [
      "a number in the environment",
      { ...local, environment: { A: 1 } },
      localArguments,
      "What environment is given",
      "an object of strings",
    ],
    [
      "a wrong type under a secret",
      { ...local, stdin: secret(true) },
      localArguments,
      "What stdin is given",
      "a string",
    ],
    [
      "a server that nobody can check",
      { ...remote, connection: { ...connection, hostKey: null } },
      remoteArguments,
      "A resource without connection.hostKey",
      "a string",
    ],
  ])("are refused in one line: %s", (_what, inputs, served, what, labsUse) => {
    const reason = `${what} is not served by istio-lab's command provider; labs use ${labsUse}`;
    expect(notServed(inputs, served)).toEqual([reason]);
  });
});

describe("comparing inputs", () => {
  it.each<[string, Properties, Properties, string[]]>([
    [
      "equal ones",
      { create: "a", environment: { A: "1", B: "2" } },
      { environment: { B: "2", A: "1" }, create: "a" },
      [],
    ],
    ["another text", { create: "a" }, { create: "b" }, ["create"]],
    ["a new and a lost one", { create: "a" }, { delete: "b" }, ["create", "delete"]],
    ["one variable", { environment: { A: "1" } }, { environment: { A: "2" } }, ["environment"]],
    ["a trigger more", { triggers: ["a"] }, { triggers: ["a", "b"] }, ["triggers"]],
    ["what is unknown", { create: "a" }, { create: unknown }, ["create"]],
    ["what became secret", { stdin: "a" }, { stdin: secret("a") }, []],
    ["a secret that changed", { stdin: secret("a") }, { stdin: secret("b") }, ["stdin"]],
    [
      "a secret key that became part of a secret",
      { connection: secret({ privateKey: secret("k") }) },
      { connection: secret({ privateKey: "k" }) },
      [],
    ],
    ["a file moved", { source: file({ path: "a", hash: "1" }) }, { source: file({ path: "b", hash: "1" }) }, []],
    [
      "a file changed in place",
      { source: file({ path: "a", hash: "1" }) },
      { source: file({ path: "a", hash: "2" }) },
      ["source"],
    ],
    [
      "a variable named hash",
      { environment: { hash: "1", A: "1" } },
      { environment: { hash: "1", A: "2" } },
      ["environment"],
    ],
    ["null and missing", { stdin: null }, {}, []],
  ])("finds %s", (_what, olds, news, changed) => {
    expect(changedInputs(olds, news)).toEqual(changed);
  });
});
