import * as grpc from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { describe, expect, it } from "vitest";
import { takeNext, type LogMessage } from "../../../infra/toolchain/plugins/rpc/engine-log";
import { detailsKey, toGrpcError } from "../../../infra/toolchain/plugins/rpc/grpc-error";
import { engineAddress } from "../../../infra/toolchain/plugins/rpc/grpc-server";
import { InitializationError } from "../../../infra/toolchain/plugins/rpc/init-error";
import {
  decodeProperties,
  decodeValue,
  encodeProperties,
  encodeValue,
  signatureKey,
} from "../../../infra/toolchain/plugins/rpc/property-codec";
import {
  containsSecret,
  containsUnknown,
  sameValue,
  withoutSecrets,
} from "../../../infra/toolchain/plugins/rpc/property-tree";
import {
  Archive,
  Asset,
  OutputValue,
  ResourceReference,
  Secret,
  Unknown,
  type PropertyValue,
} from "../../../infra/toolchain/plugins/rpc/property-value";

describe("property values", () => {
  it.each<[string, PropertyValue]>([
    ["JSON", { a: [1, "x", true, null, { b: {} }, []] }],
    ["a secret", new Secret({ a: new Secret("b") })],
    ["an unknown", [new Unknown()]],
    ["an unknown object", new Unknown("dd056dcd-154b-4c76-9bd3-c8f88648b5ff")],
    ["a text asset", new Asset({ hash: "1", text: "" })],
    ["a file asset", new Asset({ hash: "1", path: "/a" })],
    ["an archive of assets", new Archive({ hash: "1", assets: { a: new Asset({ hash: "2", uri: "u" }) } })],
    ["a resource", new ResourceReference("urn", new Unknown(), "1.0.0")],
    ["a component", new ResourceReference("urn")],
    ["an output", new OutputValue("x", true, ["urn"])],
    ["an unknown output", new OutputValue(undefined, false)],
  ])("keep %s through encoding and decoding", (_what, value) => {
    expect(decodeProperties(encodeProperties({ value }))).toEqual({ value });
  });

  it("have the wire form that the engine defines", () => {
    expect(encodeValue(new Secret("x"))).toEqual({ [signatureKey]: "1b47061264138c4ac30d75fd1eb44270", value: "x" });
    expect(encodeValue(new Unknown())).toBe("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
  });

  it("refuse a signature that nobody knows", () => {
    expect(() => decodeValue({ [signatureKey]: "x" })).toThrow("unrecognized signature 'x' in property map");
  });

  it.each<[string, PropertyValue, boolean, boolean]>([
    ["plain", { a: ["b"] }, false, false],
    ["secret", [{ a: new Secret("x") }], true, false],
    ["unknown", { a: new Secret([new Unknown()]) }, true, true],
    ["unknown output", new OutputValue(undefined, false), false, true],
  ])("tell whether they are %s", (_what, value, secret, unknown) => {
    expect([containsSecret(value), containsUnknown(value)]).toEqual([secret, unknown]);
  });

  it("can be had without secrets", () => {
    const value = {
      a: new Secret([new Secret("b")]),
      c: new OutputValue("d", true),
      e: new OutputValue(undefined, true),
    };
    expect(withoutSecrets(value)).toEqual({ a: ["b"], c: "d", e: new Unknown() });
  });

  it.each<[PropertyValue, PropertyValue, boolean]>([
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [[1], [1, 2], false],
    [new Secret("a"), "a", true],
    [new Unknown(), new Unknown(), false],
    [new Asset({ text: "a" }), new Asset({ text: "a" }), true],
    [new Asset({ text: "a" }), new Asset({ text: "b" }), false],
    [new Asset({ hash: "1" }), new Archive({ hash: "1" }), false],
    [new ResourceReference("u", "1"), new ResourceReference("u", "1"), true],
  ])("%j and %j are the same: %s", (left, right, same) => {
    expect(sameValue(left, right)).toBe(same);
  });
});

describe("error replies", () => {
  it("carry the message alone", () => {
    expect(toGrpcError(new Error("no"))).toEqual({ code: grpc.status.UNKNOWN, details: "no" });
  });

  it("carry the half-made resource of a failed initialization", () => {
    const resource = { id: "i", state: { a: new Secret("b") }, inputs: { c: 1 }, reasons: ["not ready"] };
    const reply = toGrpcError(new InitializationError("failed", resource));
    const [bytes] = reply.metadata?.get(detailsKey) ?? [];
    const status = Status.deserializeBinary(bytes as Buffer);
    const detail = status.getDetailsList()[0]!;
    expect([reply.code, status.getMessage(), detail.getTypeName()]).toEqual([
      grpc.status.UNKNOWN,
      "failed",
      "pulumirpc.ErrorResourceInitFailed",
    ]);
    const failure = ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    expect({
      id: failure.getId(),
      state: decodeProperties(failure.getProperties()),
      inputs: decodeProperties(failure.getInputs()),
      reasons: failure.getReasonsList(),
    }).toEqual(resource);
  });
});

describe("a plugin's arguments", () => {
  it.each([
    [["127.0.0.1:4000"], "127.0.0.1:4000"],
    [["--logtostderr", "-v=9", "--tracing", "x:1", "127.0.0.1:4000"], "127.0.0.1:4000"],
    [["-v=9"], undefined],
    [[], undefined],
  ])("%j name the engine %s", (argv, address) => {
    expect(engineAddress(argv)).toBe(address);
  });
});

describe("log messages that wait", () => {
  it("join where they belong to the same place, and keep their order", () => {
    const line = (text: string, urn: string): LogMessage => ({ severity: "info", text, urn, status: true });
    const waiting = [line("1", "a"), line("2", "a"), line("3", "b"), line("4", "a")];
    const taken = [takeNext(waiting), takeNext(waiting), takeNext(waiting), takeNext(waiting)];
    expect(taken.map((message) => message?.text)).toEqual(["1\n2", "3", "4", undefined]);
  });

  it("join to 64 KiB at most", () => {
    const line: LogMessage = { severity: "info", text: "x".repeat(40_000) };
    const waiting = [line, line];
    expect(takeNext(waiting)?.text).toHaveLength(40_000);
  });
});
