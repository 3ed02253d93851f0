import { resolve } from "node:path";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it } from "vitest";
import {
  describeExit,
  nodeArguments,
  programArguments,
} from "../../../infra/toolchain/plugins/language-nodejs/program";

describe("the language host", () => {
  const info = (folder: string): language.ProgramInfo =>
    new language.ProgramInfo()
      .setRootDirectory("/r")
      .setProgramDirectory(folder)
      .setEntryPoint(".")
      .setOptions(Struct.fromJavaScript({ typescript: false, nodeargs: " --inspect  --require ./a " }));
  const request = (folder: string): language.RunRequest =>
    new language.RunRequest()
      .setMonitorAddress("m:1")
      .setProject("p")
      .setStack("s")
      .setParallel(16)
      .setDryrun(true)
      .setArgsList(["x"])
      .setInfo(info(folder));

  it("starts a program with the flags that the SDK's runner knows, without empty ones", () => {
    const folder = resolve(__dirname, "../../../lab");
    expect(programArguments(request(folder), "e:1")).toEqual([
      ...["--inspect", "--require", "./a", require.resolve("@pulumi/pulumi/cmd/run"), "--monitor", "m:1"],
      ...["--engine", "e:1", "--project", "p", "--root-directory", "/r", "--stack", "s", "--pwd", folder],
      ...["--parallel", "16", "--dry-run", ".", "x"],
    ]);
  });

  it("says what to do if the SDK is not installed", () => {
    expect(() => programArguments(request("/"), "e:1")).toThrow("no @pulumi/pulumi found from /. Run: npm ci");
  });

  it.each([
    ["typescript", {}],
    ["typescript", { typescript: true }],
    ["nodeargs", { typescript: false, nodeargs: 1 }],
    ["nodeargs", { typescript: false, nodeargs: "--require 'a b'" }],
    ["tsconfig", { typescript: false, tsconfig: "x" }],
    ["packagemanager, typescript", { packagemanager: "yarn" }],
  ])("refuses runtime options that no lab uses: %s of %j", (names, given) => {
    expect(() => nodeArguments(given)).toThrow(
      `runtime options of Pulumi.yaml: ${names} given so is not served by istio-lab's language host; labs use `,
    );
  });

  it.each([
    [0, null, { error: "", bail: false }],
    [32, null, { error: "", bail: true }],
    [1, null, { error: "Program exited with non-zero exit code: 1", bail: false }],
    [null, "SIGKILL", { error: "Program was killed by SIGKILL", bail: false }],
  ] as const)("makes of exit code %s and signal %s %j", (code, signal, result) => {
    expect(describeExit(code, signal)).toEqual(result);
  });
});
