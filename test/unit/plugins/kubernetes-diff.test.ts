import { describe, expect, it } from "vitest";
import { writeCheckpoint } from "../../../infra/toolchain/plugins/kubernetes/checkpoint";
import type { Manifest } from "../../../infra/toolchain/plugins/kubernetes/manifest";
import { diffResource } from "../../../infra/toolchain/plugins/kubernetes/resource-diff";
import { Secret, Unknown, type PropertyMap } from "../../../infra/toolchain/plugins/rpc/property-value";
import type { DiffResult } from "../../../infra/toolchain/plugins/rpc/provider";

const immutableData = { enableConfigMapMutable: false, enableSecretMutable: false };
const mutableData = { enableConfigMapMutable: true, enableSecretMutable: true };

function stateOf(inputs: Manifest, live: Manifest = inputs): PropertyMap {
  return writeCheckpoint({ inputs, live, initialApiVersion: "v1", fieldManager: "pulumi-kubernetes-1" }, inputs);
}

function diff(
  before: Manifest,
  after: PropertyMap,
  options: { live?: Manifest; ignoreChanges?: string[]; mutable?: boolean } = {},
): DiffResult {
  const versions = { state: stateOf(before, options.live), news: after, ignoreChanges: options.ignoreChanges ?? [] };
  return diffResource(versions, options.mutable === true ? mutableData : immutableData);
}

function object(apiVersion: string, kind: string, rest: PropertyMap = {}): Manifest {
  return { apiVersion, kind, metadata: { name: "it", namespace: "team" }, ...rest };
}

function pod(image: string): Manifest {
  return { containers: [{ name: "main", image, env: [{ name: "A", value: "1" }] }] };
}

describe("a changed field replaces the object exactly where the official provider replaces it", () => {
  const rows: [string, Manifest, PropertyMap, Record<string, string>, boolean][] = [
    [
      "another name",
      object("v1", "Service"),
      { apiVersion: "v1", kind: "Service", metadata: { name: "other", namespace: "team" } },
      { "metadata.name": "update-replace" },
      false,
    ],
    [
      "another namespace",
      object("v1", "Service"),
      { apiVersion: "v1", kind: "Service", metadata: { name: "it", namespace: "other" } },
      { "metadata.namespace": "update-replace" },
      false,
    ],
    [
      "a Deployment's selector",
      object("apps/v1", "Deployment", { spec: { selector: { matchLabels: { app: "a" } } } }),
      object("apps/v1", "Deployment", { spec: { selector: { matchLabels: { app: "b" } } } }),
      { "spec.selector.matchLabels.app": "update-replace" },
      true,
    ],
    [
      "a Deployment's replicas and image",
      object("apps/v1", "Deployment", { spec: { replicas: 1, template: { spec: pod("a") } } }),
      object("apps/v1", "Deployment", { spec: { replicas: 2, template: { spec: pod("b") } } }),
      { "spec.replicas": "update", "spec.template.spec.containers[0].image": "update" },
      false,
    ],
    [
      "a Pod's image",
      object("v1", "Pod", { spec: pod("a") }),
      object("v1", "Pod", { spec: pod("b") }),
      { "spec.containers[0].image": "update-replace" },
      true,
    ],
    [
      "a further container of a Pod",
      object("v1", "Pod", { spec: { containers: [{ image: "a" }] } }),
      object("v1", "Pod", { spec: { containers: [{ image: "a" }, { image: "b" }] } }),
      { "spec.containers[1]": "add-replace" },
      true,
    ],
    [
      "a Job's template",
      object("batch/v1", "Job", { spec: { template: { spec: pod("a") } } }),
      object("batch/v1", "Job", { spec: { template: { spec: pod("b") } } }),
      { "spec.template.spec.containers[0].image": "update-replace" },
      true,
    ],
    [
      "a StatefulSet's service name",
      object("apps/v1", "StatefulSet", { spec: { serviceName: "a", replicas: 1 } }),
      object("apps/v1", "StatefulSet", { spec: { serviceName: "b", replicas: 1 } }),
      { "spec.serviceName": "update-replace" },
      true,
    ],
    [
      "a Service's cluster IP",
      object("v1", "Service", { spec: { clusterIP: "10.0.0.1" } }),
      object("v1", "Service", { spec: { clusterIP: "None" } }),
      { "spec.clusterIP": "update-replace" },
      true,
    ],
    [
      "a Service's type",
      object("v1", "Service", { spec: { type: "ClusterIP" } }),
      object("v1", "Service", { spec: { type: "LoadBalancer" } }),
      { "spec.type": "update" },
      false,
    ],
    [
      "a role binding's role",
      object("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { kind: "Role", name: "a" } }),
      object("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { kind: "Role", name: "b" } }),
      { "roleRef.name": "update-replace" },
      true,
    ],
    [
      "a storage class's parameters",
      { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "it" }, parameters: { a: "1" } },
      { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "it" }, parameters: { a: "2" } },
      { "parameters.a": "update-replace" },
      true,
    ],
    [
      "a custom resource's spec, with a key that needs quotes and one that goes",
      object("networking.istio.io/v1beta1", "Gateway", { spec: { selector: { istio: "a", gone: "x" } } }),
      object("networking.istio.io/v1beta1", "Gateway", { spec: { selector: { istio: "a", "a.b/c": "new" } } }),
      { 'spec.selector["a.b/c"]': "add", "spec.selector.gone": "delete" },
      false,
    ],
  ];
  it.each(rows)("%s", (_title, before, after, expected, deleteBeforeReplace) => {
    const result = diff(before, after);
    const kinds = Object.fromEntries(Object.entries(result.detailedDiff ?? {}).map(([path, { kind }]) => [path, kind]));
    expect(kinds).toEqual(expected);
    const replaces = Object.entries(expected).filter(([, kind]) => kind.endsWith("-replace"));
    expect(result).toMatchObject({ changes: true, replaces: replaces.map(([path]) => path), deleteBeforeReplace });
  });
});

describe("data of a ConfigMap or Secret", () => {
  const kinds: [string, string, string][] = [
    ["ConfigMap", "data.a", "a"],
    ["Secret", "data.a", "YQ=="],
  ];
  it.each(kinds)("of a %s replaces it", (kind, path, value) => {
    const result = diff(object("v1", kind, { data: { a: value } }), object("v1", kind, { data: { a: "YmI=" } }));
    expect(result).toMatchObject({ changes: true, replaces: [path], deleteBeforeReplace: true });
  });
  it.each(kinds)("of a %s is changed in place where the provider says so", (kind, _path, value) => {
    const before = object("v1", kind, { data: { a: value } });
    expect(diff(before, object("v1", kind, { data: { a: "YmI=" } }), { mutable: true }).replaces).toEqual([]);
  });
  it("of an immutable ConfigMap replaces it even then", () => {
    const before = object("v1", "ConfigMap", { immutable: true, data: { a: "1" } });
    const after = object("v1", "ConfigMap", { immutable: true, data: { a: "2" } });
    expect(diff(before, after, { mutable: true }).replaces).toEqual(["data.a"]);
  });
});

describe("what says the same makes no difference", () => {
  const deployment = (container: PropertyMap): Manifest =>
    object("apps/v1", "Deployment", { spec: { template: { spec: { containers: [container] } } } });
  const rows: [string, Manifest, Manifest][] = [
    [
      "fields that the cluster adds",
      object("v1", "Service", { spec: { ports: [{ port: 80 }] } }),
      object("v1", "Service", { spec: { ports: [{ port: 80, protocol: "TCP" }], clusterIP: "10.0.0.9" }, status: {} }),
    ],
    [
      "an amount that the API server writes its own way",
      deployment({ resources: { requests: { cpu: "1000m", memory: "1024Mi" } } }),
      deployment({ resources: { requests: { cpu: "1", memory: "1Gi" } } }),
    ],
    [
      "an empty value that the API server leaves out",
      deployment({ env: [{ name: "E", value: "" }], tty: false }),
      deployment({ env: [{ name: "E" }] }),
    ],
    [
      "a null",
      object("v1", "Service", { spec: { externalName: null, type: "ClusterIP" } }),
      object("v1", "Service", { spec: { type: "ClusterIP" } }),
    ],
    [
      "stringData that has become data",
      object("v1", "Secret", { stringData: { a: "b" } }),
      object("v1", "Secret", { data: { a: "Yg==" } }),
    ],
    [
      "fields of the API server's own",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "it", namespace: "team", uid: "1", creationTimestamp: null },
      },
      object("v1", "Service"),
    ],
  ];
  it.each(rows)("%s", (_title, inputs, live) => {
    expect(diff(inputs, inputs, { live })).toMatchObject({ changes: false, replaces: [], deleteBeforeReplace: false });
  });
  it("a namespace left out, and `default`", () => {
    const named = { apiVersion: "v1", kind: "Service", metadata: { name: "it" } };
    const live = { apiVersion: "v1", kind: "Service", metadata: { name: "it", namespace: "default" } };
    expect(diff(live, named).changes).toBe(false);
  });
  it("but an empty value that is new does", () => {
    const result = diff(
      object("v1", "ServiceAccount"),
      object("v1", "ServiceAccount", { automountServiceAccountToken: false }),
    );
    expect(result.detailedDiff).toEqual({ automountServiceAccountToken: { kind: "add", inputDiff: false } });
  });
});

describe("the object as last seen is what counts", () => {
  const inputs = object("apps/v1", "Deployment", { spec: { replicas: 1 } });
  const live = object("apps/v1", "Deployment", { spec: { replicas: 5 } });
  it("a change made in the cluster is changed back", () => {
    expect(diff(inputs, inputs, { live }).detailedDiff).toEqual({
      "spec.replicas": { kind: "update", inputDiff: false },
    });
  });
  it.each(["spec.replicas", "spec", 'spec["replicas"]', "*.replicas"])("unless ignoreChanges names it: %s", (path) => {
    expect(diff(inputs, inputs, { live, ignoreChanges: [path] }).changes).toBe(false);
  });
  it("a path that cannot be read is an error", () => {
    expect(() => diff(inputs, inputs, { live, ignoreChanges: ["spec["] })).toThrow(
      "property path spec[: cannot be read",
    );
  });
});

describe("unknown and secret values", () => {
  it("an unknown value is a change, and replaces where the field does", () => {
    const before = object("apps/v1", "Deployment", { spec: { replicas: 1, selector: { matchLabels: { a: "b" } } } });
    const after = object("apps/v1", "Deployment", {
      spec: { replicas: new Unknown(), selector: { matchLabels: { a: new Unknown() } } },
    });
    expect(diff(before, after)).toMatchObject({
      replaces: ["spec.selector.matchLabels.a"],
      detailedDiff: { "spec.replicas": { kind: "update" }, "spec.selector.matchLabels.a": { kind: "update-replace" } },
    });
  });
  it("a value that has only become secret is none", () => {
    const before = object("v1", "Service", { spec: { externalName: "x" } });
    expect(diff(before, object("v1", "Service", { spec: { externalName: new Secret("x") } })).changes).toBe(false);
  });
});

describe("delete before replace", () => {
  it("is not asked for where the provider made the name", () => {
    const named = (app: string): Manifest => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "it-1", namespace: "team", annotations: { "pulumi.com/autonamed": "true" } },
      spec: { selector: { matchLabels: { app } } },
    });
    expect(diff(named("a"), named("b"))).toMatchObject({
      replaces: ["spec.selector.matchLabels.app"],
      deleteBeforeReplace: false,
    });
  });
});
