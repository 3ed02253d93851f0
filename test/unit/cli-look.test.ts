import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MADE_VARIABLE, type Made } from "../../infra/core/made";
import type { StateResource } from "../../lab/cli/checkpoint";
import type { EngineThing } from "../../lab/cli/leftovers";
import { expectedOf } from "../../lab/cli/look/expected";
import { isAllRunning, missingInClusters, missingThings, type LookScene } from "../../lab/cli/look/look";
import type { LabOutputs } from "../../lab/outputs";
import { FakeBin } from "../support/fake-bin";

const clusters = ["west", "east"].map((name) => ({
  name,
  kubeconfigFile: `/state/kubeconfig-${name}.yaml`,
  context: `kind-istio-lab-dev-${name}`,
  gateways: [],
}));

const step = (urn: string, makes: Made, environment: Record<string, string> = {}): StateResource => ({
  urn,
  type: "command:local:Command",
  inputs: { environment: { ...environment, [MADE_VARIABLE]: JSON.stringify(makes) } },
});
const provider = (name: string): StateResource => ({
  urn: `provider-${name}`,
  type: "pulumi:providers:kubernetes",
  inputs: { clusterIdentifier: `istio-lab-dev-${name}` },
});
const object = (urn: string, cluster: string, apiVersion: string, kind: string, name: string, namespace?: string) => ({
  urn,
  type: `kubernetes:${apiVersion}:${kind}`,
  provider: `provider-${cluster}::04da6b54`,
  inputs: { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) } },
});

/** A stack with a network, a node of each cluster, and objects in both. */
const resources: readonly StateResource[] = [
  step("network", { kind: "network", name: "net" }),
  step("west", { kind: "container", name: "node-west" }, { KUBECONFIG_FILE: "/state/kubeconfig-west.yaml" }),
  step("east", { kind: "container", name: "node-east" }, { KUBECONFIG_FILE: "/state/kubeconfig-east.yaml" }),
  provider("west"),
  provider("east"),
  object("webapp", "west", "apps/v1", "Deployment", "webapp", "istioinaction"),
  object("webapp-vs", "west", "networking.istio.io/v1beta1", "VirtualService", "webapp", "istioinaction"),
  object("namespace", "west", "v1", "Namespace", "istioinaction"),
  object("catalog", "east", "apps/v1", "Deployment", "catalog", "istioinaction"),
  object("mesh", "west", "v1", "Namespace", "istio-system"),
  step(
    "control-plane",
    {
      kind: "objects",
      objects: [{ apiVersion: "apps/v1", kind: "Deployment", namespace: "istio-system", name: "istiod" }],
    },
    { KUBECONFIG: "/state/kubeconfig-west.yaml" },
  ),
  { urn: "forum", type: "command:remote:Command", inputs: { environment: {} } },
  { urn: "key", type: "command:local:Command", inputs: {} },
];

const expected = expectedOf(resources, clusters);
const container = (name: string, state = "running"): EngineThing => ({ kind: "container", name, state });
const network: EngineThing = { kind: "network", name: "net" };
const all = [network, container("node-west"), container("node-east")];

describe("what a stack has made", () => {
  it("is what its steps say, and the objects of its clusters by the provider that makes them", () => {
    expect(expected.things.map(({ urn, kind, name }) => [urn, kind, name])).toEqual([
      ["network", "network", "net"],
      ["west", "container", "node-west"],
      ["east", "container", "node-east"],
    ]);
    expect(expected.objects.map(({ urn, kubeconfigFile }) => [urn, kubeconfigFile])).toEqual([
      ["control-plane", "/state/kubeconfig-west.yaml"],
      ["webapp", "/state/kubeconfig-west.yaml"],
      ["webapp-vs", "/state/kubeconfig-west.yaml"],
      ["namespace", "/state/kubeconfig-west.yaml"],
      ["catalog", "/state/kubeconfig-east.yaml"],
      ["mesh", "/state/kubeconfig-west.yaml"],
    ]);
  });
});

describe("what is gone of the engine's things", () => {
  it.each<[string, readonly EngineThing[], readonly string[]]>([
    ["nothing if all is there", all, []],
    ["nothing if a container is only stopped", [network, container("node-west", "exited"), container("node-east")], []],
    ["a container", [network, container("node-west")], ["container node-east"]],
    [
      "a container of another kind does not stand for it",
      [network, container("node-west"), { kind: "volume", name: "node-east" }],
      ["container node-east"],
    ],
    [
      "the containers with their network: they cannot be started without it",
      [container("node-west", "exited"), container("node-east")],
      ["network net", "container node-west", "container node-east"],
    ],
    ["everything", [], ["network net", "container node-west", "container node-east"]],
  ])("is %s", (_, own, wanted) => {
    expect(missingThings({ expected }, own).map(({ what }) => what)).toEqual(wanted);
  });

  it.each([
    [true, all],
    // What a killed `docker run` has left, and no step has made.
    [true, [...all, container("node-north", "created")]],
    [false, [network, container("node-west", "paused"), container("node-east")]],
    [false, [network, container("node-west"), container("node-east", "exited")]],
  ])("containers run: %j", (wanted, own) => {
    expect(isAllRunning({ expected }, own)).toBe(wanted);
  });
});

describe("what is gone of the clusters' objects", () => {
  const item = (kind: string, namespace: string, name: string, deleted = false) => ({
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}), ...(deleted ? { deletionTimestamp: "2026-01-01" } : {}) },
  });
  const whole = {
    west: [
      item("Deployment", "istioinaction", "webapp"),
      item("VirtualService", "istioinaction", "webapp"),
      item("Namespace", "", "istioinaction"),
      item("Deployment", "istio-system", "istiod"),
      item("Deployment", "kube-system", "coredns"),
      item("Namespace", "", "istio-system"),
    ],
    east: [item("Deployment", "istioinaction", "catalog")],
  };
  const without = (items: readonly unknown[], index: number) => items.filter((_, at) => at !== index);

  /** A kubectl that prints what the cluster of its kubeconfig has; `refuses` is bash that runs first. */
  const lookAt = async (found: Record<"west" | "east", readonly unknown[]>, refuses = "true", gone: string[] = []) => {
    const lists = Object.entries(found).map(
      ([name, items]) => `*-${name}.yaml*) echo '${JSON.stringify({ items })}' ;;`,
    );
    const bin = new FakeBin({ kubectl: `${refuses}\ncase "$*" in ${lists.join("\n")} esac` });
    const PATH = `${join(bin.folder, "bin")}:${process.env["PATH"] ?? ""}`;
    const session = { env: { ...process.env, PATH } } as unknown as LookScene["session"];
    const scene = { session, expected, outputs: {} as LabOutputs };
    const missing = await missingInClusters(
      scene,
      gone.map((urn) => ({ urn, what: urn })),
    );
    return { missing: missing.map(({ urn, what }) => [urn, what]), calls: bin.calls().sort() };
  };

  it("is nothing if all is there, by one call a cluster that names the versions", async () => {
    const { missing, calls } = await lookAt(whole);
    expect(missing).toEqual([]);
    const words = "--all-namespaces --output json";
    expect(calls).toEqual([
      `kubectl --kubeconfig /state/kubeconfig-east.yaml --request-timeout 10s get Deployment.v1.apps ${words}`,
      `kubectl --kubeconfig /state/kubeconfig-west.yaml --request-timeout 10s get Deployment.v1.apps,VirtualService.v1beta1.networking.istio.io,Namespace.v1. ${words}`,
    ]);
  });

  it.each<[string, Record<"west" | "east", readonly unknown[]>, readonly (readonly string[])[]]>([
    ["an object", { ...whole, west: without(whole.west, 0) }, [["webapp", "Deployment istioinaction/webapp"]]],
    [
      "what istioctl made",
      { ...whole, west: without(whole.west, 3) },
      [["control-plane", "Deployment istio-system/istiod"]],
    ],
    [
      "an object of the whole cluster",
      { ...whole, west: without(whole.west, 2) },
      [["namespace", "Namespace istioinaction"]],
    ],
    [
      "the mesh, and with it what has its certificates in the same cluster",
      { ...whole, west: without(without(whole.west, 5), 3) },
      [
        ["control-plane", "Deployment istio-system/istiod"],
        ["mesh", "Namespace istio-system"],
        ["webapp", "Deployment istioinaction/webapp, whose certificates are of the Istio that is gone"],
      ],
    ],
    [
      "one that is being deleted",
      { ...whole, east: [item("Deployment", "istioinaction", "catalog", true)] },
      [["catalog", "Deployment istioinaction/catalog"]],
    ],
    [
      "one whose namesake is elsewhere",
      { ...whole, east: [item("Deployment", "default", "catalog")] },
      [["catalog", "Deployment istioinaction/catalog"]],
    ],
  ])("is %s", async (_, found, wanted) => {
    expect((await lookAt(found)).missing).toEqual(wanted);
  });

  it("is every object of a kind that the cluster does not know any more", async () => {
    const refuses = `case "$*" in *VirtualService*) echo 'error: the server doesn'"'"'t have a resource type "VirtualService"' >&2; exit 1 ;; esac`;
    const { missing } = await lookAt({ ...whole, west: without(whole.west, 1) }, refuses);
    expect(missing).toEqual([["webapp-vs", "VirtualService istioinaction/webapp"]]);
  });

  it("is not asked of a cluster whose node is gone: it comes back with its objects", async () => {
    const { missing, calls } = await lookAt({ west: [], east: whole.east }, "true", ["west"]);
    expect([missing, calls.length]).toEqual([[], 1]);
  });

  it("cannot be told if the cluster does not answer: kubectl's last words say why", async () => {
    const refuses = `echo "first" >&2; echo "The connection to the server 127.0.0.1:1 was refused" >&2; exit 1`;
    await expect(lookAt(whole, refuses)).rejects.toThrow(
      "kubectl: The connection to the server 127.0.0.1:1 was refused",
    );
  });
});
