import { describe, expect, it } from "vitest";
import { readCheckpoint, writeCheckpoint } from "../../../infra/toolchain/plugins/kubernetes/checkpoint";
import { KubernetesProvider } from "../../../infra/toolchain/plugins/kubernetes/provider";
import { Secret, Unknown, type PropertyMap } from "../../../infra/toolchain/plugins/rpc/property-value";
import type { CheckRequest, CheckResult } from "../../../infra/toolchain/plugins/rpc/provider";

// Nothing listens there: what is checked here asks no cluster.
const nowhere = JSON.stringify({
  "current-context": "a",
  contexts: [{ name: "a", context: { cluster: "a", user: "u" } }],
  clusters: [{ name: "a", cluster: { server: "http://127.0.0.1:1" } }],
  users: [{ name: "u", user: {} }],
});

async function check(
  news: PropertyMap,
  options: Partial<CheckRequest> = {},
  settings: PropertyMap = {},
): Promise<CheckResult> {
  const provider = new KubernetesProvider({
    log: () => undefined,
    flush: () => Promise.resolve(),
    close: () => undefined,
  });
  const signal = new AbortController().signal;
  await provider.configure({
    inputs: { kubeconfig: nowhere, ...settings },
    urn: undefined,
    name: undefined,
    id: undefined,
    signal,
  });
  return provider.check({
    urn: "urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::settings",
    type: "kubernetes:core/v1:ConfigMap",
    name: "settings",
    olds: undefined,
    news,
    randomSeed: new Uint8Array([1, 2, 3]),
    autonaming: undefined,
    signal,
    ...options,
  });
}

function configMap(metadata: PropertyMap = {}): PropertyMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata };
}

function metadataOf({ inputs }: CheckResult): PropertyMap {
  return inputs["metadata"] as PropertyMap;
}

describe("a name that the program leaves out", () => {
  it("is made of the resource's name and 8 hexadecimal digits, the same for the same seed", async () => {
    const [first, again, other] = await Promise.all([
      check(configMap()),
      check(configMap()),
      check(configMap(), { randomSeed: new Uint8Array([4]) }),
    ]);
    expect(metadataOf(first)).toEqual({
      name: expect.stringMatching(/^settings-[0-9a-f]{8}$/) as unknown,
      namespace: "default",
      annotations: { "pulumi.com/autonamed": "true" },
    });
    expect(metadataOf(again)["name"]).toBe(metadataOf(first)["name"]);
    expect(metadataOf(other)["name"]).not.toBe(metadataOf(first)["name"]);
  });
  it("stays what an earlier run made it", async () => {
    const olds = configMap({ name: "settings-00000000", annotations: { "pulumi.com/autonamed": "true" } });
    expect(metadataOf(await check(configMap(), { olds }))).toMatchObject({
      name: "settings-00000000",
      annotations: { "pulumi.com/autonamed": "true" },
    });
  });
  it.each(["propose", "enforce"] as const)("is the engine's where the stack has a rule (%s)", async (mode) => {
    const checked = await check(configMap(), { autonaming: { mode, proposedName: "dev-settings" } });
    expect(metadataOf(checked)["name"]).toBe("dev-settings");
  });
  it("is an error where the stack forbids making names", async () => {
    await expect(check(configMap(), { autonaming: { mode: "disable", proposedName: "" } })).rejects.toThrow(
      "autonaming is disabled",
    );
  });
  it("cannot be left to the API server", async () => {
    await expect(check(configMap({ generateName: "a-" }))).rejects.toThrow(
      "`.metadata.generateName` field is not supported",
    );
  });
  it("is not made where the program's is only not known yet", async () => {
    const metadata = { name: new Unknown() };
    expect(metadataOf(await check(configMap(metadata)))).toEqual({ ...metadata, namespace: "default" });
  });
});

describe("a namespace that the program leaves out", () => {
  const rows: [string, PropertyMap, PropertyMap, Partial<CheckRequest>, string | undefined][] = [
    ["is the provider's", configMap({ name: "a" }), { namespace: "team" }, {}, "team"],
    ["is default without one", configMap({ name: "a" }), {}, {}, "default"],
    ["is not touched where there is one", configMap({ name: "a", namespace: "own" }), { namespace: "team" }, {}, "own"],
    [
      "is not given to what has none",
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } },
      { namespace: "team" },
      { type: "kubernetes:core/v1:Namespace" },
      undefined,
    ],
    [
      "is given to a custom resource as long as nobody can say",
      { apiVersion: "e.com/v1", kind: "W", metadata: { name: "a" } },
      {},
      { type: "kubernetes:e.com/v1:W" },
      "default",
    ],
    [
      "is not given to a custom resource that had none before",
      { apiVersion: "e.com/v1", kind: "W", metadata: { name: "a" } },
      {},
      { type: "kubernetes:e.com/v1:W", olds: { kind: "W", metadata: { name: "a" } } },
      undefined,
    ],
  ];
  it.each(rows)("%s", async (_title, news, settings, options, expected) => {
    expect(metadataOf(await check(news, options, settings))["namespace"]).toBe(expected);
  });
});

describe("secrets", () => {
  it("a Secret's texts become its data, all of it secret", async () => {
    const news = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a" },
      data: { a: "YQ==\n" },
      stringData: { b: "b" },
    };
    const { inputs } = await check(news, { type: "kubernetes:core/v1:Secret" });
    expect(inputs["data"]).toEqual(new Secret({ a: "YQ==", b: "Yg==" }));
    expect(inputs["stringData"]).toBeUndefined();
  });
  it("a value that the program marks stays secret in inputs, outputs and kept inputs", async () => {
    const news = { ...configMap({ name: "a" }), data: { open: "1", closed: new Secret("2") } };
    const { inputs } = await check(news);
    expect(inputs["data"]).toEqual({ open: "1", closed: new Secret("2") });
    const live = { ...configMap({ name: "a", uid: "1" }), data: { open: "1", closed: "2" } };
    const state = writeCheckpoint({ inputs: live, live, initialApiVersion: "v1", fieldManager: "m" }, inputs);
    expect(state["data"]).toEqual({ open: "1", closed: new Secret("2") });
    expect((state["__inputs"] as PropertyMap)["data"]).toEqual({ open: "1", closed: new Secret("2") });
    expect(readCheckpoint(state)).toEqual({ inputs: live, live, initialApiVersion: "v1", fieldManager: "m" });
  });
});

describe("keys that TypeScript cannot spell", () => {
  it("have dashes for the API server and underscores for the program", () => {
    const live = { spec: { "x-kubernetes-preserve-unknown-fields": true } };
    const state = writeCheckpoint({ inputs: {}, live, initialApiVersion: "v1", fieldManager: undefined }, {});
    expect(state["spec"]).toEqual({ x_kubernetes_preserve_unknown_fields: true });
    expect(readCheckpoint(state).live).toEqual(live);
  });
});

describe("types that only the official plugin has", () => {
  it.each([
    ["kubernetes:helm.sh/v3:Release", "Release"],
    ["kubernetes:core/v1:NamespacePatch", "Namespace"],
    ["kubernetes:yaml/v2:ConfigGroup", ""],
  ])("%s is refused", async (type, kind) => {
    await expect(check({ apiVersion: "v1", kind, metadata: { name: "a" } }, { type })).rejects.toThrow(
      `${type} needs the official Kubernetes plugin`,
    );
  });
  it("a custom resource whose kind ends in Patch is none of them", async () => {
    const checked = await check(
      { apiVersion: "e.com/v1", kind: "BigPatch", metadata: { name: "a" } },
      { type: "kubernetes:e.com/v1:BigPatch" },
    );
    expect(metadataOf(checked)["name"]).toBe("a");
  });
});
