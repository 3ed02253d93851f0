import { describe, expect, it } from "vitest";
import { MADE_VARIABLE, type Made } from "../../infra/core/made";
import { script } from "../../infra/core/script";
import { shellQuote } from "../../infra/core/shell";
import type { StateResource } from "../../lab/cli/pulumi/checkpoint";
import type { EngineThing } from "../../lab/cli/docker/leftovers";
import { describeEdits } from "../../lab/cli/look/edits";
import { expectedOf } from "../../lab/cli/look/expected";
import { lookIntoClusters } from "../../lab/cli/look/clusters";
import { isAllRunning, lostNetworks, missingThings, type LookScene } from "../../lab/cli/look/look";
import type { Missing } from "../../lab/cli/look/missing";
import { describeTaken } from "../../lab/cli/look/users";
import { replaceArguments } from "../../lab/cli/update/update";
import type { LabOutputs } from "../../lab/program/outputs";
import { clusterObjects, deploymentObject, kubeProxyObject, nodeObject } from "../support/cluster-objects";
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

const withUid = (uid: string, one: StateResource): StateResource => ({ ...one, outputs: { metadata: { uid } } });

const withReplicas = (replicas: number, one: ReturnType<typeof object>): StateResource => ({
  ...one,
  inputs: { ...one.inputs, spec: { replicas } },
});

const withNodePort = (nodePort: number, one: ReturnType<typeof object>): StateResource => ({
  ...one,
  inputs: { ...one.inputs, spec: { ports: [{ port: 80 }, { port: 9090, nodePort }] } },
});

const withLabels = (labels: Record<string, string>, one: ReturnType<typeof object>): StateResource => ({
  ...one,
  inputs: { ...one.inputs, metadata: { ...one.inputs.metadata, labels } },
});

/** A stack with a network, a node of each cluster, and objects in both. */
const resources: readonly StateResource[] = [
  step("network", { kind: "network", name: "net" }),
  step(
    "west",
    { kind: "container", name: "node-west" },
    { KUBECONFIG_FILE: "/state/kubeconfig-west.yaml", NETWORK: "net" },
  ),
  step(
    "east",
    { kind: "container", name: "node-east" },
    { KUBECONFIG_FILE: "/state/kubeconfig-east.yaml", NETWORK: "net" },
  ),
  provider("west"),
  provider("east"),
  withUid("made-1", withReplicas(2, object("webapp", "west", "apps/v1", "Deployment", "webapp", "istioinaction"))),
  object("webapp-vs", "west", "networking.istio.io/v1beta1", "VirtualService", "webapp", "istioinaction"),
  withUid(
    "made-2",
    withLabels(
      { "istio-injection": "enabled", team: "a" },
      object("namespace", "west", "v1", "Namespace", "istioinaction"),
    ),
  ),
  object("catalog", "east", "apps/v1", "Deployment", "catalog", "istioinaction"),
  withNodePort(30001, object("prometheus", "east", "v1", "Service", "prometheus", "istio-system")),
  object("mesh", "west", "v1", "Namespace", "istio-system"),
  step(
    "control-plane",
    {
      kind: "objects",
      objects: [
        { apiVersion: "apps/v1", kind: "Deployment", namespace: "istio-system", name: "istiod" },
        { apiVersion: "v1", kind: "Service", namespace: "istio-system", name: "gateway", nodePorts: [30000, 30005] },
      ],
    },
    { KUBECONFIG: "/state/kubeconfig-west.yaml" },
  ),
  { urn: "forum", type: "command:remote:Command", inputs: { environment: {} } },
  { urn: "key", type: "command:local:Command", inputs: {} },
];

const expected = expectedOf(resources, clusters);
const container = (name: string, state = "running"): EngineThing => ({ kind: "container", name, state });
const network: EngineThing = { kind: "network", name: "net" };
const both = ["net: node-west,node-east"];
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
      ["control-plane", "/state/kubeconfig-west.yaml"],
      ["webapp", "/state/kubeconfig-west.yaml"],
      ["webapp-vs", "/state/kubeconfig-west.yaml"],
      ["namespace", "/state/kubeconfig-west.yaml"],
      ["catalog", "/state/kubeconfig-east.yaml"],
      ["prometheus", "/state/kubeconfig-east.yaml"],
      ["mesh", "/state/kubeconfig-west.yaml"],
    ]);
  });
});

describe("the place of a network that a step has made", () => {
  const CANDIDATES = "192.168.10.0/24 192.168.10.10/31 192.168.10.1\n192.168.11.0/24 192.168.11.10/31 192.168.11.1";
  const made = step("network", { kind: "network", name: "net" }, { CANDIDATES });
  it.each([
    ["192.168.10.0/24", "192.168.10.0/24 192.168.10.10/31 192.168.10.1"],
    ["192.168.11.0/24", "192.168.11.0/24 192.168.11.10/31 192.168.11.1"],
    ["192.168.1.0/24", undefined],
  ])("is the one of its candidates that the step has found free: %s", (cidr, place) => {
    const stdout = JSON.stringify({ cidr, note: "" });
    expect(expectedOf([{ ...made, outputs: { stdout } }], []).things).toEqual([
      { urn: "network", kind: "network", name: "net", ...(place ? { place } : {}) },
    ]);
  });

  it("is not told by a step that has not ended", () => {
    expect(expectedOf([made], []).things).toEqual([{ urn: "network", kind: "network", name: "net" }]);
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
      "a network, and not the containers on it, which keep what was done in them",
      [container("node-west", "exited"), container("node-east")],
      ["network net"],
    ],
    ["everything", [], ["network net", "container node-west", "container node-east"]],
  ])("is %s", (_, own, wanted) => {
    expect(missingThings({ expected }, own).map(({ what }) => what)).toEqual(wanted);
  });

  it.each<[string, readonly EngineThing[], readonly string[]]>([
    ["no network if all is there", all, []],
    ["no network if its containers are gone with it", [], []],
    ["the network of containers that stand", [container("node-west", "exited"), container("node-east")], both],
    ["the network of the one container that stands", [container("node-east", "exited")], ["net: node-east"]],
  ])("that containers still need is %s", (_, own, wanted) => {
    const lost = lostNetworks({ expected }, own);
    expect(
      lost.map(({ network, containers }) => `${network.name}: ${containers.map(({ name }) => name).join()}`),
    ).toEqual(wanted);
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

/** What kubectl prints of an object. */
const item = (kind: string, namespace: string, name: string) => ({
  kind,
  metadata: { name, ...(namespace ? { namespace } : {}) },
});
const namespace = (labels?: Record<string, string>) => ({
  kind: "Namespace",
  metadata: { name: "istioinaction", ...(labels ? { labels } : {}) },
});
const service = (name: string, ...nodePorts: readonly number[]) => ({
  ...item("Service", "istio-system", name),
  spec: { ports: [{ port: 15021 }, ...nodePorts.map((nodePort) => ({ port: 80, nodePort }))] },
});
const [deployment, node, daemons] = [deploymentObject, nodeObject, kubeProxyObject];
const system = clusterObjects().items;
type Found = Record<
  "west" | "east",
  readonly { readonly kind: string; readonly metadata: { readonly name: string } }[]
>;
const whole: Found = {
  west: [
    deployment("istioinaction", "webapp", 2),
    item("VirtualService", "istioinaction", "webapp"),
    namespace({ "istio-injection": "enabled", team: "a" }),
    deployment("istio-system", "istiod", 1),
    item("Namespace", "", "istio-system"),
    service("gateway", 30000, 30005),
    ...system,
  ],
  east: [deployment("istioinaction", "catalog", 1), service("prometheus", 30001), ...system],
};

/** A kubectl that prints what the cluster of its kubeconfig has; `refuses` is bash that runs first. */
async function lookAt(found: Found, refuses = "true", gone: readonly string[] = []) {
  const lists = Object.entries(found).map(([name, items]) => `*-${name}.yaml*) echo '${JSON.stringify({ items })}' ;;`);
  const bin = new FakeBin({ kubectl: `${refuses}\ncase "$*" in ${lists.join("\n")} esac` });
  const PATH = bin.path;
  const session = { env: { ...process.env, PATH } } as unknown as LookScene["session"];
  const outputs = { clusters, platform: "local" } as unknown as LabOutputs;
  const { missing, troubles, taken, optOuts, edits, deletions } = await lookIntoClusters(
    { session, expected, outputs },
    gone.map((urn) => ({ urn, what: urn })),
  );
  return {
    missing: missing.map(({ urn, what }) => [urn, what]),
    found: missing,
    troubles,
    taken: taken.map(describeTaken),
    optOuts: optOuts.map(({ what, run }) => [what, run]),
    edits: edits.map((one) => describeEdits([one])),
    deletions,
    calls: bin.calls().sort(),
  };
}

describe("what is gone of the clusters' objects", () => {
  const without = (items: Found["west"], index: number) => items.filter((_, at) => at !== index);
  const deleted = { deletionTimestamp: "2026-01-01" };
  const edited = (one: Found["west"][number]) => ({
    ...one,
    metadata: {
      ...one.metadata,
      managedFields: [{ manager: "pulumi-kubernetes-1" }, { manager: "kubectl-set", operation: "Update" }],
    },
  });

  it("is nothing if all is there, by one call a cluster that names the versions", async () => {
    const { missing, calls } = await lookAt(whole);
    expect(missing).toEqual([]);
    const words = "--all-namespaces --output json --show-managed-fields";
    expect(calls).toEqual([
      `kubectl --kubeconfig /state/kubeconfig-east.yaml --request-timeout 10s get Deployment.v1.apps,Service.v1.,Node.v1.,DaemonSet.v1.apps ${words}`,
      `kubectl --kubeconfig /state/kubeconfig-west.yaml --request-timeout 10s get Deployment.v1.apps,Service.v1.,VirtualService.v1beta1.networking.istio.io,Namespace.v1.,Node.v1.,DaemonSet.v1.apps ${words}`,
    ]);
  });

  it.each<[string, Found, readonly (readonly string[])[]]>([
    ["an object", { ...whole, west: without(whole.west, 0) }, [["webapp", "Deployment istioinaction/webapp in west"]]],
    [
      "what istioctl made",
      { ...whole, west: without(whole.west, 3) },
      [["control-plane", "Deployment istio-system/istiod in west"]],
    ],
    [
      "an object of the whole cluster",
      { ...whole, west: without(whole.west, 2) },
      [["namespace", "Namespace istioinaction in west"]],
    ],
    [
      "the mesh, and with it what has its certificates in the same cluster",
      { ...whole, west: without(without(whole.west, 4), 3) },
      [
        ["control-plane", "Deployment istio-system/istiod in west"],
        ["mesh", "Namespace istio-system in west"],
        ["webapp", "Deployment istioinaction/webapp in west, whose certificates are of the Istio that is gone"],
      ],
    ],
    [
      "the mesh, and nothing that the user has edited: that keeps its edits, and heal restarts it",
      {
        ...whole,
        west: [edited(deployment("istioinaction", "webapp", 2)), ...without(without(without(whole.west, 4), 3), 0)],
      },
      [
        ["control-plane", "Deployment istio-system/istiod in west"],
        ["mesh", "Namespace istio-system in west"],
      ],
    ],
    [
      "one that is being deleted",
      { ...whole, east: whole.east.map((one) => ({ ...one, metadata: { ...one.metadata, ...deleted } })) },
      [
        ["catalog", "Deployment istioinaction/catalog in east"],
        ["prometheus", "Service istio-system/prometheus in east"],
      ],
    ],
    [
      "a node port that istioctl has opened",
      { ...whole, west: [...without(whole.west, 5), service("gateway", 30000, 30999)] },
      [["control-plane", "node port 30005 of Service istio-system/gateway in west"]],
    ],
    [
      "a node port of a Service of Pulumi's",
      { ...whole, east: [deployment("istioinaction", "catalog", 1), service("prometheus", 30998)] },
      [["prometheus", "node port 30001 of Service istio-system/prometheus in east"]],
    ],
    [
      "one whose namesake is elsewhere",
      { ...whole, east: [deployment("default", "catalog", 1), service("prometheus", 30001)] },
      [["catalog", "Deployment istioinaction/catalog in east"]],
    ],
  ])("is %s", async (_, found, wanted) => {
    expect((await lookAt(found)).missing).toEqual(wanted);
  });

  it.each([
    [`error: the server doesn'"'"'t have a resource type "VirtualService"`],
    [
      'Error from server (NotFound): Unable to list "networking.istio.io/v1beta1, Resource=virtualservices": the server could not find the requested resource',
    ],
  ])("is every object of a kind that the cluster does not know any more: %s", async (words) => {
    const refuses = `case "$*" in *VirtualService*) echo '${words}' >&2; exit 1 ;; esac`;
    const { missing } = await lookAt({ ...whole, west: without(whole.west, 1) }, refuses);
    expect(missing).toEqual([["webapp-vs", "VirtualService istioinaction/webapp in west"]]);
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

describe("what is gone is recreated", () => {
  const gone: readonly Missing[] = [
    { urn: "control-plane", what: "Deployment istio-system/istiod in west", isSeenByRefresh: false },
    { urn: "control-plane", what: "Deployment istio-system/istio-ingressgateway in west", isSeenByRefresh: false },
    { urn: "webapp-vs", what: "VirtualService istioinaction/webapp in west", isSeenByRefresh: true },
    { urn: "node", what: "container node" },
  ];
  it.each<[string, boolean, readonly string[]]>([
    ["once each", false, ["--replace", "control-plane", "--replace", "webapp-vs", "--replace", "node"]],
    [
      "by a refresh itself if that finds it gone: Pulumi replaces nothing that is not in its state",
      true,
      ["--replace", "control-plane", "--replace", "node", "--refresh"],
    ],
  ])("%s", (_, isRefreshed, words) => {
    expect(replaceArguments(gone, isRefreshed)).toEqual(words);
  });

  it("by a refresh if it is a resource of Pulumi's own and no work of a step", async () => {
    const west = whole.west.filter(({ metadata }) => !["istiod", "webapp"].includes(metadata.name));
    const { found } = await lookAt({ ...whole, west });
    expect(found.map(({ urn, isSeenByRefresh }) => [urn, isSeenByRefresh])).toEqual([
      ["control-plane", false],
      ["webapp", true],
      ["webapp-vs", true],
    ]);
  });
});

describe("what does not run in the clusters", () => {
  const troubles = async (west: Found["west"]) =>
    (await lookAt({ ...whole, west })).troubles.map(({ what, urn, remedy }) => [what, urn, remedy?.run, remedy?.done]);
  /** The first cluster with another object in place of its namesake. */
  const withOne = (one: Found["west"][number]) =>
    whole.west.map((each) => (each.kind === one.kind && each.metadata.name === one.metadata.name ? one : each));

  it("is nothing if all runs", async () => {
    expect(await troubles(whole.west)).toEqual([]);
  });

  it.each<[string, Found["west"][number], readonly (string | undefined)[]]>([
    [
      "a Deployment that somebody has scaled to nothing",
      deployment("istioinaction", "webapp", 0),
      [
        "Deployment istioinaction/webapp in west is scaled to 0 of 2 replicas",
        "webapp",
        "kubectl --namespace 'istioinaction' scale deployment 'webapp' --replicas 2",
        "Deployment istioinaction/webapp in west was scaled back to 2 replicas",
      ],
    ],
    [
      "one that has fewer than its manifest says",
      deployment("istioinaction", "webapp", 1),
      [
        "Deployment istioinaction/webapp in west is scaled to 1 of 2 replicas",
        "webapp",
        "kubectl --namespace 'istioinaction' scale deployment 'webapp' --replicas 2",
        "Deployment istioinaction/webapp in west was scaled back to 2 replicas",
      ],
    ],
    [
      "what istioctl made",
      deployment("istio-system", "istiod", 0),
      [
        "Deployment istio-system/istiod in west is scaled to 0 of 1 replicas",
        "control-plane",
        "kubectl --namespace 'istio-system' scale deployment 'istiod' --replicas 1",
        "Deployment istio-system/istiod in west was scaled back to 1 replica",
      ],
    ],
    [
      "the cluster's DNS",
      deployment("kube-system", "coredns", 0),
      [
        "Deployment kube-system/coredns in west is scaled to 0 of 2 replicas",
        undefined,
        "kubectl --namespace 'kube-system' scale deployment 'coredns' --replicas 2",
        "Deployment kube-system/coredns in west was scaled back to 2 replicas",
      ],
    ],
    [
      "pods that are pending",
      deployment("istioinaction", "webapp", 2, 0),
      ["Deployment istioinaction/webapp in west has 0 of 2 replicas available", "webapp", undefined, undefined],
    ],
    [
      "a Deployment that Kubernetes has not looked at since its last change",
      { ...deployment("istioinaction", "webapp", 2), status: { availableReplicas: 2, observedGeneration: 1 } } as never,
      ["Deployment istioinaction/webapp in west has 2 of 2 replicas available", "webapp", undefined, undefined],
    ],
    [
      "a DaemonSet whose pod does not run",
      daemons(1, 0),
      ["DaemonSet kube-system/kube-proxy in west has 0 of 1 replicas available", undefined, undefined, undefined],
    ],
    [
      "a DaemonSet that no node is for",
      daemons(0),
      ["DaemonSet kube-system/kube-proxy in west has 0 of 1 replicas available", undefined, undefined, undefined],
    ],
    [
      "a node that is cordoned",
      // As `kubectl cordon` leaves it: the taint is Kubernetes' own, and goes with it.
      node({ unschedulable: true, taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] }),
      [
        "Node node is cordoned: no pod is put on it",
        undefined,
        "kubectl uncordon 'node'",
        "the node node was uncordoned",
      ],
    ],
    [
      "a node that somebody has tainted",
      node({ taints: [{ key: "lesson", effect: "NoExecute" }] }),
      [
        "Node node has the taint lesson:NoExecute",
        undefined,
        "kubectl taint nodes 'node' 'lesson:NoExecute-'",
        "the taint lesson:NoExecute was taken off the node node",
      ],
    ],
    [
      "a namespace that has lost a label",
      namespace({ team: "a" }),
      [
        "Namespace istioinaction in west has lost the label istio-injection=enabled",
        "namespace",
        "kubectl label --overwrite namespace 'istioinaction' 'istio-injection=enabled'",
        "Namespace istioinaction in west was given the label istio-injection=enabled again",
      ],
    ],
    [
      "a namespace that has lost all of its labels",
      namespace(),
      [
        "Namespace istioinaction in west has lost the labels istio-injection=enabled, team=a",
        "namespace",
        "kubectl label --overwrite namespace 'istioinaction' 'istio-injection=enabled' 'team=a'",
        "Namespace istioinaction in west was given the labels istio-injection=enabled, team=a again",
      ],
    ],
    [
      "a namespace that has chosen a revision, and has lost another label",
      namespace({ "istio.io/rev": "prod" }),
      [
        "Namespace istioinaction in west has lost the label team=a",
        "namespace",
        "kubectl label --overwrite namespace 'istioinaction' 'team=a'",
        "Namespace istioinaction in west was given the label team=a again",
      ],
    ],
    [
      "a namespace whose label has another value",
      namespace({ "istio-injection": "disabled", team: "a" }),
      [
        "Namespace istioinaction in west has lost the label istio-injection=enabled",
        "namespace",
        "kubectl label --overwrite namespace 'istioinaction' 'istio-injection=enabled'",
        "Namespace istioinaction in west was given the label istio-injection=enabled again",
      ],
    ],
    ["a node that is not ready", node({}, "Unknown"), ["Node node is not ready", undefined, undefined, undefined]],
  ])("is %s", async (_, one, wanted) => {
    expect(await troubles(withOne(one))).toEqual([wanted]);
  });

  it.each<[string, Found["west"][number]]>([
    ["more replicas than the manifest asks for", deployment("istioinaction", "webapp", 3)],
    ["more of what scales by itself", deployment("istio-system", "istiod", 5)],
    ["a custom label on a namespace of the lab", namespace({ "istio-injection": "enabled", team: "a", lesson: "4" })],
    ["injection by a revision", namespace({ "istio.io/rev": "prod", team: "a" })],
    [
      "injection by a revision instead of a refusal",
      namespace({ "istio.io/rev": "prod", "istio-injection": "disabled", team: "a" }),
    ],
    ["a taint that only advises", node({ taints: [{ key: "lesson", effect: "PreferNoSchedule" }] })],
  ])("is not %s", async (_, one) => {
    expect(await troubles(withOne(one))).toEqual([]);
  });

  it("is not what students have made and scaled to nothing", async () => {
    expect(await troubles([...whole.west, deployment("default", "own", 0)])).toEqual([]);
  });

  it("is a node that the cluster does not know any more, which its kubelet registers", async () => {
    expect(await troubles(whole.west.filter(({ kind }) => kind !== "Node"))).toEqual([
      [
        "Node istio-lab-dev-west-control-plane in west is gone: no pod runs without it",
        undefined,
        `docker exec 'istio-lab-dev-west-control-plane' bash -c ${shellQuote(script("node-register.sh"))}`,
        "Node istio-lab-dev-west-control-plane in west was registered again",
      ],
    ]);
  });

  const ADMIN = "--kubeconfig /etc/kubernetes/admin.conf";
  it.each([
    ["Deployment", "coredns"],
    ["DaemonSet", "kube-proxy"],
  ])("is Kubernetes' own %s %s that is gone, which kubeadm recreates in the node", async (kind, name) => {
    expect(await troubles(whole.west.filter(({ metadata }) => metadata.name !== name))).toEqual([
      [
        `${kind} kube-system/${name} in west is gone`,
        undefined,
        `docker exec 'istio-lab-dev-west-control-plane' bash -c 'kubeadm init phase addon ${name} --config /kind/kubeadm.conf ${ADMIN} --print-manifest | kubectl ${ADMIN} create --validate=false --field-manager kubeadm --filename - 2>&1 | grep -v AlreadyExists; kubectl ${ADMIN} --namespace kube-system get ${kind}/${name}'`,
        `${kind} kube-system/${name} in west was created again`,
      ],
    ]);
  });
});

/** An object of other managers, each `MANAGER` or `MANAGER/OPERATION`. */
const managed = <T extends Found["west"][number]>(one: T, uid: string, ...managers: readonly string[]) => {
  const managedFields = managers.map((name) => {
    const [manager, operation = "Update"] = name.split("/");
    return { manager, operation };
  });
  return { ...one, metadata: { ...one.metadata, uid, managedFields } };
};
const west = (one: Found["west"][number]) =>
  whole.west.map((each) => (each.kind === one.kind && each.metadata.name === one.metadata.name ? one : each));

const controllers = ["kube-controller-manager"];

describe("an object that has the name of one of the lab's", () => {
  it.each<[string, Found["west"][number], string]>([
    [
      "a Deployment that is ready",
      managed(deployment("istioinaction", "webapp", 2), "own", "kubectl-client-side-apply", ...controllers),
      "Deployment istioinaction/webapp in west",
    ],
    [
      "a Deployment that is not ready",
      managed(deployment("istioinaction", "webapp", 2, 0), "own", "kubectl-create", ...controllers),
      "Deployment istioinaction/webapp in west",
    ],
    [
      "a Deployment that is scaled to nothing, applied on the server",
      managed(deployment("istioinaction", "webapp", 0), "own", "kubectl/Apply"),
      "Deployment istioinaction/webapp in west",
    ],
    [
      "a namespace without the lab's labels",
      managed(namespace(), "own", "kubectl-create"),
      "Namespace istioinaction in west",
    ],
    [
      "what istioctl made for the lab",
      managed(deployment("istio-system", "istiod", 0), "own", "helm", ...controllers),
      "Deployment istio-system/istiod in west",
    ],
    [
      "a Service without the lab's node ports",
      managed(service("gateway"), "own", "kubectl-expose"),
      "Service istio-system/gateway in west",
    ],
    [
      "the cluster's DNS",
      managed(deployment("kube-system", "coredns", 0), "own", "kubectl-create"),
      "Deployment kube-system/coredns in west",
    ],
  ])("and that the user has made is neither missing nor a trouble, but taken: %s", async (_, one, name) => {
    const { missing, troubles, taken } = await lookAt({ ...whole, west: west(one) });
    expect([missing, troubles, taken]).toEqual([
      [],
      [],
      [`${name} is yours, and the lab's of that name is gone; delete or rename yours`],
    ]);
  });

  it.each<[string, Found["west"][number]]>([
    [
      "a Deployment that the user has edited, scaled and restarted",
      managed(deployment("istioinaction", "webapp", 2), "other", "pulumi-kubernetes-1a", "kubectl-edit", "kubectl"),
    ],
    [
      "a namespace whose only labels the user has changed: nobody else manages a field of it",
      managed(namespace({ "istio.io/rev": "a", team: "a" }), "made-2", "kubectl-label"),
    ],
    [
      "a namespace of which nobody manages a field",
      managed(namespace({ "istio-injection": "enabled", team: "a" }), "x"),
    ],
    [
      "what istioctl has made, and the user edited",
      managed(deployment("istio-system", "istiod", 1), "x", "istio-operator/Apply", "kubectl-patch"),
    ],
    ["what kubectl has applied for the lab", managed(deployment("istio-system", "istiod", 1), "x", "kubectl/Apply")],
    ["what kubeadm has made", managed(deployment("kube-system", "coredns", 2), "x", "kubeadm", "kubectl-edit")],
  ])("is the lab's: %s", async (_, one) => {
    expect((await lookAt({ ...whole, west: west(one) })).taken).toEqual([]);
  });
});

describe("a Service of the user's that has a node port of the lab's", () => {
  const mine = {
    ...service("mine"),
    metadata: { namespace: "mine", name: "mine" },
    spec: { ports: [{ nodePort: 30000 }] },
  };
  it("is reported with what it holds, if the lab's Service is gone or lacks the port", async () => {
    for (const left of [whole.west.filter((one) => one.kind !== "Service"), west(service("gateway", 30005))]) {
      expect((await lookAt({ ...whole, west: [...left, mine] })).taken).toEqual([
        "Service mine/mine is yours and holds node port 30000 of Service istio-system/gateway in west; delete it or give it another port",
      ]);
    }
  });

  it("is nothing if it has other ports", async () => {
    const other = { ...mine, spec: { ports: [{ nodePort: 31111 }] } };
    expect((await lookAt({ ...whole, west: [...whole.west, other] })).taken).toEqual([]);
  });
});

describe("an object of the lab that is being deleted", () => {
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  const dying = (more: object) => {
    const one = namespace({ "istio-injection": "enabled", team: "a" });
    return { ...one, metadata: { ...one.metadata, deletionTimestamp }, ...more } as Found["west"][number];
  };
  const message = "Some content in the namespace has finalizers remaining: example.org/mine in 1 resource instances";
  const conditions = [
    { type: "NamespaceDeletionContentFailure", status: "False", message: "All content successfully deleted" },
    { type: "NamespaceFinalizersRemaining", status: "True", message },
  ];
  const pod = deployment("istioinaction", "webapp", 2);

  it.each<[string, Found["west"][number], string, string]>([
    [
      "a namespace, with what keeps it",
      dying({ status: { conditions } }),
      "Namespace istioinaction in west",
      `: ${message}`,
    ],
    ["a namespace that says nothing", dying({}), "Namespace istioinaction in west", ""],
    [
      "another object, with its finalizers",
      {
        ...pod,
        metadata: { ...pod.metadata, deletionTimestamp, finalizers: ["foregroundDeletion"] },
      } as Found["west"][number],
      "Deployment istioinaction/webapp in west",
      ": it waits for foregroundDeletion",
    ],
  ])("is gone, and is told as not gone yet: %s", async (_, one, name, reason) => {
    const { missing, deletions } = await lookAt({ ...whole, west: west(one) });
    expect(missing.map(([, what]) => what)).toContain(name);
    expect(deletions).toEqual([`${name} is still being deleted${reason}`]);
  });
});

describe("an object of the lab that the user has edited", () => {
  const pulumi = "pulumi-kubernetes-1a/Apply";
  const route = whole.west.find(({ kind }) => kind === "VirtualService")!;
  it.each<[string, Found["west"][number], readonly string[]]>([
    [
      "a VirtualService",
      managed(route, "x", pulumi, "kubectl-patch"),
      ["edited by kubectl-patch: VirtualService istioinaction/webapp in west"],
    ],
    [
      "a Deployment, by two programs",
      managed(deployment("istioinaction", "webapp", 2), "x", pulumi, "kubectl-set", "k9s", ...controllers),
      ["edited by kubectl-set, k9s: Deployment istioinaction/webapp in west"],
    ],
    [
      "what istioctl has made",
      managed(deployment("istio-system", "istiod", 1), "x", "istio-operator/Apply", "kubectl-edit"),
      ["edited by kubectl-edit: Deployment istio-system/istiod in west"],
    ],
    [
      "but not one that runs again",
      managed(deployment("istioinaction", "webapp", 2), "x", pulumi, "kubectl-rollout"),
      [],
    ],
    [
      "but not a namespace's labels",
      managed(namespace({ "istio-injection": "enabled", team: "a" }), "x", pulumi, "kubectl-label"),
      [],
    ],
    ["but not what the lab has applied", managed(deployment("istio-system", "istiod", 1), "x", "kubectl/Apply"), []],
  ])("is named: %s", async (_, one, named) => {
    const { missing, troubles, taken, edits } = await lookAt({ ...whole, west: west(one) });
    expect([missing, troubles, taken, edits]).toEqual([[], [], [], named]);
  });
});

describe("a Deployment of the lab", () => {
  const INJECT = "sidecar.istio.io/inject";
  const withTemplate = (metadata: object, name = "webapp", ns = "istioinaction", replicas = 2) => {
    const one = deployment(ns, name, replicas);
    return { ...one, spec: { ...one.spec, template: { metadata } } };
  };
  const told = (kind: string, value: string) => [
    `Deployment istioinaction/webapp in west refuses its sidecar by the ${kind} ${INJECT}=${value}`,
    `kubectl --kubeconfig '/state/kubeconfig-west.yaml' --namespace 'istioinaction' patch deployment 'webapp' --patch '{"spec":{"template":{"metadata":{"${kind}s":{"${INJECT}":null}}}}}'`,
  ];

  it.each([
    ["label", { labels: { [INJECT]: "false" } }, "false"],
    ["annotation", { annotations: { [INJECT]: "no" } }, "no"],
  ])(
    "whose template refuses the sidecar by a %s is named, with the command that takes it back",
    async (kind, at, is) => {
      const { optOuts, troubles } = await lookAt({ ...whole, west: west(withTemplate(at)) });
      expect([optOuts, troubles]).toEqual([[told(kind, is)], []]);
    },
  );

  it.each<[string, Found["west"]]>([
    ["asks for it itself", west(withTemplate({ labels: { [INJECT]: "true" } }))],
    ["is istioctl's", west(withTemplate({ labels: { [INJECT]: "false" } }, "istiod", "istio-system", 1))],
    [
      "is in a namespace that asks for none",
      west(withTemplate({ labels: { [INJECT]: "false" } })).map((one) =>
        one.kind === "Namespace" ? namespace() : one,
      ),
    ],
  ])("is not named if it %s", async (_, items) => {
    expect((await lookAt({ ...whole, west: items })).optOuts).toEqual([]);
  });

  it("is not named if its own manifest refuses the sidecar", () => {
    const spec = { template: { metadata: { labels: { [INJECT]: "false" } } } };
    const one = object("kiali", "west", "apps/v1", "Deployment", "kiali", "istio-system");
    const { objects } = expectedOf([provider("west"), { ...one, inputs: { ...one.inputs, spec } }], clusters);
    expect(objects.map(({ refusesSidecar }) => refusesSidecar)).toEqual([true]);
  });
});
