import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HealScene } from "../../lab/cli/heal/scene";
import { renewSidecars } from "../../lab/cli/heal/sidecars";
import type { Missing } from "../../lab/cli/look/missing";
import type { LabOutputs } from "../../lab/program/outputs";
import { FakeBin } from "../support/fake-bin";
import { healScene } from "../support/heal-scene";

const INJECT = "sidecar.istio.io/inject";
const [EARLY, CHANGED, LATE] = ["2026-11-26T18:00:00Z", "2026-11-26T18:00:01Z", "2026-11-26T18:00:02Z"] as const;
const clusters: LabOutputs["clusters"] = [{ name: "west", kubeconfigFile: "/state/west", context: "c", gateways: [] }];

interface Pod {
  /** Where its sidecar is; "none" if it has none. */
  readonly sidecar?: "containers" | "initContainers" | "none";
  readonly startedAt?: string;
  readonly owner?: string;
  readonly phase?: string;
  readonly kind?: "Deployment" | "Pod";
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly hostNetwork?: boolean;
  readonly managedFields?: readonly object[];
}

/** A workload `web` as kubectl prints it, with its pod; as a Pod it is that pod alone. */
function workload({
  sidecar = "none",
  startedAt = LATE,
  owner = "web",
  phase = "Running",
  kind = "Deployment",
  ...template
}: Pod): object[] {
  const { labels, annotations, hostNetwork = false, managedFields } = template;
  const proxy = sidecar === "none" ? [] : [{ name: "istio-proxy" }];
  const statuses = proxy.map((one) => ({ ...one, state: { running: { startedAt } } }));
  const [containers, initContainers] = sidecar === "initContainers" ? [[], proxy] : [proxy, undefined];
  const [containerStatuses, initContainerStatuses] =
    sidecar === "initContainers" ? [[], statuses] : [statuses, undefined];
  const ownerReferences = [{ kind: "ReplicaSet", name: `${owner}-6ccb` }];
  const pod = {
    kind: "Pod",
    metadata: {
      namespace: "shop",
      ...{ annotations, managedFields, labels: { ...labels, "pod-template-hash": "6ccb" } },
      ...(kind === "Pod" ? { name: "web" } : { name: `${owner}-6ccb-x`, ownerReferences }),
    },
    spec: { containers: [{ name: "web" }, ...containers], initContainers, hostNetwork },
    status: { phase, containerStatuses, initContainerStatuses },
  };
  const spec = { template: { metadata: { labels, annotations }, spec: { hostNetwork } } };
  return [...(kind === "Pod" ? [] : [{ kind, metadata: { namespace: "shop", name: "web" }, spec }]), pod];
}

const WITH = { "istio-injection": "enabled" };

/** A cluster with workloads in the namespace `shop`; a restart gives it the objects of `after`. */
function sceneOf(
  objects: readonly object[],
  after: readonly object[] = objects,
  {
    labels = WITH,
    kind = "Deployment",
    isMade = true,
    restarts = "true",
  }: {
    labels?: Record<string, string>;
    kind?: string;
    isMade?: boolean;
    restarts?: string;
  } = {},
) {
  const namespace = { kind: "Namespace", metadata: { name: "shop", labels } };
  const list = (items: readonly object[]) => JSON.stringify({ items: [namespace, ...items] });
  const root = {
    kind: "ConfigMap",
    metadata: {
      ...{ namespace: "istio-system", name: "istio-ca-root-cert" },
      managedFields: [
        { manager: "pilot-discovery", time: CHANGED, fieldsV1: { "f:data": {} } },
        { manager: "kubectl-label", time: "2026-11-26T19:00:00Z", fieldsV1: { "f:metadata": {} } },
      ],
    },
  };
  const bin = new FakeBin({
    kubectl: `case "$*" in
  *ConfigMap*) echo '${JSON.stringify({ items: [root] })}' ;;
  *"--output json"*) cat "$FOLDER/objects" ;;
  *"rollout restart"*) ${restarts}; cp "$FOLDER/after" "$FOLDER/objects" ;;
esac`,
  });
  writeFileSync(join(bin.folder, "objects"), list(objects));
  writeFileSync(join(bin.folder, "after"), list(after));
  const { env, scene: common } = healScene(bin, clusters);
  const { outputs } = common;
  const object = { apiVersion: kind === "Pod" ? "v1" : "apps/v1", kind, namespace: "shop", name: "web" };
  const expected = {
    things: [],
    objects: [{ urn: "urn:web", kubeconfigFile: "/state/west", object, isResource: true }],
  };
  const session = { env, qualifiedStack: "dev", backend: {} };
  const standing = { session, outputs, expected };
  const brought: Missing[] = [];
  const scene = {
    ...{ ...common, standing, made: isMade ? standing : undefined },
    bringBack: (missing: readonly Missing[]) => {
      brought.push(...missing);
      writeFileSync(join(bin.folder, "objects"), list(after));
      return Promise.resolve();
    },
  } as unknown as HealScene;
  const changes = () => bin.calls().filter((call) => call.includes("rollout"));
  return { scene, brought, changes };
}

const RESTART = [
  "kubectl --namespace shop rollout restart deployment/web",
  "kubectl --namespace shop rollout status deployment/web --timeout 100s",
];
const done = (reason: string, kind = "Deployment") => ({
  repaired: [{ name: "west-sidecars", done: `restarted in west: ${kind} shop/web (${reason})` }],
  failed: [],
});

describe("a workload of the lab", () => {
  it.each<[string, Pod, Record<string, string>]>([
    ["whose namespace asks for it", {}, WITH],
    ["whose namespace and template ask for it", { labels: { [INJECT]: "true" } }, WITH],
    ["whose namespace asks a revision for it", {}, { "istio.io/rev": "prod" }],
    ["whose template alone asks a revision for it", { labels: { "istio.io/rev": "prod" } }, {}],
    ["whose template alone asks for it", { labels: { [INJECT]: "true" } }, {}],
    [
      "whose annotation is overruled by its label",
      { labels: { [INJECT]: "true" }, annotations: { [INJECT]: "false" } },
      WITH,
    ],
  ])("without a sidecar, %s, is restarted", async (_, pod, labels) => {
    const { scene, changes } = sceneOf(workload(pod), workload({ ...pod, sidecar: "containers" }), { labels });
    expect(await renewSidecars(scene)).toEqual(done("no sidecar"));
    expect(changes()).toEqual(RESTART);
  });

  it.each<[string, Pod, Record<string, string>]>([
    ["has its sidecar among the containers", { sidecar: "containers" }, WITH],
    ["has its sidecar among the init containers", { sidecar: "initContainers" }, WITH],
    ["has a sidecar as old as the root", { sidecar: "containers", startedAt: CHANGED }, WITH],
    ["is without a sidecar in a namespace that does not ask", {}, {}],
    [
      "is without a sidecar in a namespace that refuses",
      { labels: { [INJECT]: "true" } },
      { "istio-injection": "disabled" },
    ],
    [
      "is without a sidecar in a namespace that refuses and names a revision",
      {},
      { "istio-injection": "disabled", "istio.io/rev": "prod" },
    ],
    [
      "is without a sidecar by its label, whatever the revision",
      { labels: { [INJECT]: "false" } },
      { "istio.io/rev": "prod" },
    ],
    ["is without a sidecar by its label", { labels: { [INJECT]: "false" } }, WITH],
    ["is without a sidecar by its annotation", { annotations: { [INJECT]: "false" } }, WITH],
    ["was evicted while it had none", { phase: "Failed" }, WITH],
    ["is on the node's network, where Istio puts none", { hostNetwork: true }, WITH],
  ])("that %s stays", async (_, pod, labels) => {
    const { scene, changes } = sceneOf(workload(pod), [], { labels });
    expect(await renewSidecars(scene)).toEqual({ repaired: [], failed: [] });
    expect(changes()).toEqual([]);
  });

  it.each(["containers", "initContainers"] as const)(
    "with a sidecar among the %s that is older than the mesh's root is restarted, wherever it is",
    async (sidecar) => {
      const old = workload({ sidecar, startedAt: EARLY });
      const { scene, changes } = sceneOf(old, workload({ sidecar }), { labels: {} });
      expect(await renewSidecars(scene)).toEqual(done("certificates of an earlier root"));
      expect(changes()).toEqual(RESTART);
    },
  );

  it("that is a pod is recreated by its resource, and left alone if Pulumi's state cannot be told", async () => {
    const [bare, whole] = [workload({ kind: "Pod" }), workload({ kind: "Pod", sidecar: "containers" })];
    const here = sceneOf(bare, whole, { kind: "Pod" });
    expect(await renewSidecars(here.scene)).toEqual(done("no sidecar", "Pod"));
    expect([here.brought.map(({ urn }) => urn), here.changes()]).toEqual([["urn:web"], []]);
    const there = sceneOf(bare, whole, { kind: "Pod", isMade: false });
    expect(await renewSidecars(there.scene)).toEqual({ repaired: [], failed: [] });
    expect(there.brought).toEqual([]);
  });

  it("that is a pod and that the user has edited stays, and is named with the line that gives the edit up", async () => {
    const managedFields = [{ manager: "pulumi-kubernetes-1" }, { manager: "kubectl-annotate", operation: "Update" }];
    const { scene, brought } = sceneOf(workload({ kind: "Pod", managedFields }), [], { kind: "Pod" });
    const { repaired, failed } = await renewSidecars(scene);
    expect([repaired, brought]).toEqual([[], []]);
    expect(failed.map(({ name, actual }) => [name, actual])).toEqual([
      [
        "Pod shop/web",
        "Pod shop/web has no sidecar, and carries edits of yours (by kubectl-annotate), which it would lose if it were recreated; undo them, or discard them with the command below",
      ],
    ]);
    expect(failed[0]!.repair).toMatch(/ delete .*Pod\/web.* && npm run lab -- heal$/);
  });

  it("that has no sidecar after its restart either is what could not be repaired", async () => {
    const { scene } = sceneOf(workload({}));
    const { repaired, failed } = await renewSidecars(scene);
    expect(repaired).toEqual([]);
    expect(failed.map(({ name, outcome, actual }) => [name, outcome, actual])).toEqual([
      ["west-sidecars", "fail", "Deployment shop/web (no sidecar)"],
    ]);
    expect(failed[0]!.command).toContain("get pods,events");
  });

  it("that cannot be restarted is reported with kubectl's words", async () => {
    const { scene } = sceneOf(workload({}), [], { restarts: "echo 'no right' >&2; exit 1" });
    const { failed } = await renewSidecars(scene);
    expect(failed.map(({ name, actual }) => [name, actual])).toEqual([["west-sidecars", "exit code 1\nno right"]]);
  });
});

describe("a workload of the user's", () => {
  it("stays without a sidecar, also if its name begins like that of one of the lab's", async () => {
    const lab = workload({ sidecar: "containers" });
    const [, pod] = workload({ owner: "web-own" });
    const own = { kind: "Deployment", metadata: { namespace: "shop", name: "web-own" }, spec: { template: {} } };
    const { scene, changes } = sceneOf([...lab, own, pod!]);
    expect(await renewSidecars(scene)).toEqual({ repaired: [], failed: [] });
    expect(changes()).toEqual([]);
  });
});
