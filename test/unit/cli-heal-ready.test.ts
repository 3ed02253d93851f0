import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Repair } from "../../infra/core/check";
import { bringBackObjects } from "../../lab/cli/heal/gone";
import { tellUsersChoices } from "../../lab/cli/heal/users-objects";
import { reviveClusters } from "../../lab/cli/heal/clusters";
import { settleLab } from "../../lab/cli/heal/heal-lab";
import { makeReady } from "../../lab/cli/heal/ready";
import { putBackFirst } from "../../lab/cli/heal/remedies";
import type { HealScene } from "../../lab/cli/heal/scene";
import type { LookScene } from "../../lab/cli/look/look";
import type { Missing } from "../../lab/cli/look/missing";
import type { LabOutputs } from "../../lab/program/outputs";
import { clusterObjects, deploymentObject, nodeObject } from "../support/cluster-objects";
import { FakeBin } from "../support/fake-bin";
import { healScene } from "../support/heal-scene";

// Between two looks more time passes by the clock than anything is given to become ready, and none in truth.
vi.mock("../../infra/core/clock", async () => {
  const { TestClock } = await import("../support/test-clock");
  return { realClock: new TestClock(100) };
});

const NODE = "istio-lab-dev-k3s-s-control-plane";
const clusters: LabOutputs["clusters"] = [
  { name: "k3s-s", kubeconfigFile: "/state/kubeconfig", context: "kind-istio-lab-dev-k3s-s", gateways: [] },
];
const object = { apiVersion: "apps/v1", kind: "Deployment", namespace: "istioinaction", name: "webapp" };
const expected = { things: [], objects: [{ urn: "urn:webapp", kubeconfigFile: "/state/kubeconfig", object }] };

/** The stack, as commands name it. */
const TARGET = { stack: "lab", qualifiedStack: "lab", backend: {} };

const NAMESPACE = { kind: "Namespace", metadata: { name: "istioinaction", labels: { "istio-injection": "enabled" } } };
type Item = ReturnType<typeof deploymentObject> | ReturnType<typeof nodeObject>;
/** A cluster with webapp, of which all runs but this one. */
function cluster(other?: Item): string {
  const all = [...clusterObjects().items, deploymentObject("istioinaction", "webapp", 1), NAMESPACE];
  const items = all.map((one) => (one.kind === other?.kind && one.metadata.name === other.metadata.name ? other : one));
  return JSON.stringify({ items });
}

/** A kubectl and a docker of one cluster; `works` is bash that runs with each of their other commands. */
function sceneOf(found: string, works: string, { platform = "local", isMade = true } = {}) {
  const rest = `"scale"* | *scale* | *rollout* | *uncordon* | *restart*) ${works} ;;`;
  const bin = new FakeBin({
    kubectl: `case "$*" in *readyz) [ ! -e "$FOLDER/dead" ] || { echo EOF >&2; exit 1; } ;; *"--output json --show-managed-fields") cat "$FOLDER/objects" ;; ${rest} esac`,
    ip: 'cat "$FOLDER/routes" 2>/dev/null',
    docker: `case "$*" in *StartedAt*) cat "$FOLDER/started" ;; ${rest} esac`,
  });
  writeFileSync(join(bin.folder, "objects"), found);
  writeFileSync(join(bin.folder, "healthy"), cluster());
  const { env, scene: common, said } = healScene(bin, clusters, platform);
  const network = { name: "net", cidr: "192.168.10.0/24", loadBalancerPool: "p", note: "" };
  const outputs = { ...common.outputs, network };
  const standing = { session: { ...TARGET, env }, outputs, expected } as unknown as LookScene;
  const brought: Missing[] = [];
  const scene = {
    ...{ ...common, outputs },
    standing,
    made: isMade ? standing : undefined,
    bringBack: (missing: readonly Missing[]) => {
      brought.push(...missing);
      writeFileSync(join(bin.folder, "objects"), existsSync(join(bin.folder, "hopeless")) ? found : cluster());
      return Promise.resolve();
    },
  } as unknown as HealScene;
  const changes = () => bin.calls().filter((call) => /scale|rollout|uncordon|restart/.test(call));
  return { bin, scene, brought, changes, said };
}

const REPAIRS = 'cp "$FOLDER/healthy" "$FOLDER/objects"';
const PENDING = deploymentObject("istioinaction", "webapp", 1, 0);

describe("what does not run in a cluster", () => {
  it("is scaled back, and waited for", async () => {
    const { scene, brought, changes, said } = sceneOf(cluster(deploymentObject("istioinaction", "webapp", 0)), REPAIRS);
    const done = "Deployment istioinaction/webapp was scaled back to 1 replica";
    expect(await makeReady(scene)).toEqual({
      repaired: [{ name: "Deployment istioinaction/webapp", done }],
      failed: [],
    });
    expect(said()).toBe(`Deployment istioinaction/webapp is scaled to 0 of 1 replicas\n${done}\n`);
    expect([changes(), brought]).toEqual([
      ["kubectl --namespace istioinaction scale deployment webapp --replicas 1"],
      [],
    ]);
  });

  it("is put back before objects are recreated, without waiting for what is not ready", async () => {
    const { items } = clusterObjects({ unschedulable: true });
    const gone = JSON.stringify({ items: [...items, PENDING, NAMESPACE] });
    const { scene, brought, changes } = sceneOf(gone, "true");
    const { repaired, failed } = await putBackFirst(scene);
    expect([repaired.map(({ done }) => done), failed]).toEqual([["the node node was uncordoned"], []]);
    expect([changes(), brought]).toEqual([["kubectl uncordon node"], []]);
  });

  it("is recreated by its resource if it does not become ready by itself", async () => {
    const { scene, brought, changes, said } = sceneOf(cluster(PENDING), "false");
    const done = "Deployment istioinaction/webapp was created again";
    expect(await makeReady(scene)).toEqual({
      repaired: [{ name: "Deployment istioinaction/webapp", done }],
      failed: [],
    });
    expect(said()).toBe(
      `not ready yet: Deployment istioinaction/webapp\nDeployment istioinaction/webapp has 0 of 1 replicas available\n${done}\n`,
    );
    expect(brought.map(({ urn }) => urn)).toEqual(["urn:webapp"]);
    expect(changes()).toEqual([]);
  });

  it("is not recreated if the user has edited it, and is reported with the line that gives the edits up", async () => {
    const edited = {
      ...PENDING,
      metadata: {
        ...PENDING.metadata,
        managedFields: [
          { manager: "pulumi-kubernetes-215b745f", operation: "Apply" },
          { manager: "kubectl-patch", operation: "Update" },
          { manager: "kubectl-rollout", operation: "Update" },
          { manager: "kubectl", operation: "Update", subresource: "scale" },
          { manager: "kube-controller-manager", operation: "Update", subresource: "status" },
        ],
      },
    };
    const { scene, brought, changes } = sceneOf(cluster(edited), "true");
    const { repaired, failed } = await makeReady(scene);
    expect(repaired).toEqual([]);
    expect(failed.map(({ outcome, expected: right, actual }) => [outcome, right, actual])).toEqual([
      [
        "fail",
        "1 replica available",
        "Deployment istioinaction/webapp has 0 of 1 replicas available, and carries edits of yours (by kubectl-patch), which it would lose if it were recreated; undo them, or discard them with the command below",
      ],
    ]);
    expect(failed[0]!.repair).toMatch(
      /kubectl --namespace .*istioinaction.* delete .*Deployment\/webapp.* && npm run lab -- heal --stack lab$/,
    );
    expect([changes(), brought]).toEqual([[], []]);
  });

  it("is not recreated if the cluster refuses its pods, and is reported with the cluster's words", async () => {
    const message =
      'pods "webapp-1" is forbidden: exceeded quota: mine, requested: pods=1, used: pods=1, limited: pods=1';
    const conditions = [{ type: "ReplicaFailure", status: "True", message }];
    const refused = { ...PENDING, status: { ...PENDING.status, conditions } };
    const { scene, brought, changes } = sceneOf(cluster(refused), "true");
    const { repaired, failed } = await makeReady(scene);
    expect([repaired, failed.map(({ actual }) => actual)]).toEqual([
      [],
      [`Deployment istioinaction/webapp has 0 of 1 replicas available: ${message}`],
    ]);
    expect([changes(), brought]).toEqual([[], []]);
  });

  it("is a rollout that does not end, though old pods go on", async () => {
    const whole = deploymentObject("istioinaction", "webapp", 1);
    const stuck = { ...whole, status: { ...whole.status, unavailableReplicas: 1 } };
    const { scene, said } = sceneOf(cluster(stuck), "false");
    expect((await makeReady(scene)).repaired.map(({ done }) => done)).toEqual([
      "Deployment istioinaction/webapp was created again",
    ]);
    expect(said()).toContain("Deployment istioinaction/webapp has a rollout that has not ended\n");
  });

  it.each([
    [
      "what the cluster has made itself",
      deploymentObject("kube-system", "coredns", 2, 0),
      {},
      "kube-system",
      "coredns",
    ],
    ["what Pulumi cannot recreate from here", PENDING, { isMade: false }, "istioinaction", "webapp"],
  ])("is restarted by Kubernetes if it is %s", async (_, one, options, namespace, name) => {
    const { scene, brought, changes } = sceneOf(cluster(one), REPAIRS, options);
    expect(await makeReady(scene)).toEqual({
      repaired: [{ name: `Deployment ${namespace}/${name}`, done: `Deployment ${namespace}/${name} was restarted` }],
      failed: [],
    });
    expect([changes(), brought]).toEqual([[`kubectl --namespace ${namespace} rollout restart Deployment/${name}`], []]);
  });

  it("is reached by a restart of its node if that is not ready; on AWS the node is named", async () => {
    const found = cluster(nodeObject({}, "Unknown"));
    const here = sceneOf(found, REPAIRS);
    expect((await makeReady(here.scene)).repaired).toEqual([
      { name: "Node node", done: `the node ${NODE} was restarted` },
    ]);
    expect(here.changes()).toEqual([`docker restart ${NODE}`]);
    const there = sceneOf(found, REPAIRS, { platform: "aws" });
    expect((await makeReady(there.scene)).failed.map(({ name, actual }) => [name, actual])).toEqual([
      ["Node node", "Node node is not ready"],
    ]);
    expect(there.changes()).toEqual([]);
  });

  it("and does not run when it was created again either, is what could not be repaired", async () => {
    const { bin, scene } = sceneOf(cluster(PENDING), "true");
    writeFileSync(join(bin.folder, "hopeless"), "");
    const { repaired, failed } = await makeReady(scene);
    expect(repaired).toEqual([]);
    expect(failed).toEqual([
      expect.objectContaining({
        name: "Deployment istioinaction/webapp",
        outcome: "fail",
        expected: "1 replica available",
        actual: "Deployment istioinaction/webapp has 0 of 1 replicas available",
      }),
    ]);
    expect(failed[0]!.command).toContain("kubectl --namespace");
  });

  it("and is a namespace that loses its label again, is told, and never recreated with all that is in it", async () => {
    const bare = { kind: "Namespace", metadata: { name: "istioinaction" } };
    const { scene, brought, changes } = sceneOf(cluster(bare as never), "true");
    const labels = { "istio-injection": "enabled" };
    const namespace = { apiVersion: "v1", kind: "Namespace", name: "istioinaction" };
    const objects = [{ urn: "urn:namespace", kubeconfigFile: "/state/kubeconfig", object: namespace, labels }];
    const standing = { ...scene.standing, expected: { things: [], objects } };
    const { repaired, failed } = await makeReady({ ...scene, made: standing, standing });
    expect([repaired.map(({ done }) => done), failed.map(({ actual }) => actual)]).toEqual([
      ["Namespace istioinaction was given the label istio-injection=enabled again"],
      ["Namespace istioinaction has lost the label istio-injection=enabled"],
    ]);
    expect([changes(), brought]).toEqual([[], []]);
  });

  it("and whose remedy fails, is reported with its words", async () => {
    const { scene } = sceneOf(cluster(nodeObject({ unschedulable: true })), "echo 'no right' >&2; exit 1");
    const { repaired, failed } = await makeReady(scene);
    expect(repaired).toEqual([]);
    expect(failed.map(({ name, actual }) => [name, actual])).toEqual([["Node node", "exit code 1\nno right"]]);
  });
});

describe("what up has just started", () => {
  const EDITED = {
    ...PENDING,
    metadata: { ...PENDING.metadata, managedFields: [{ manager: "kubectl-patch", operation: "Update" }] },
  };
  const repairs: readonly Repair[] = [
    {
      wanted: {
        ...{ name: "vm-in-mesh", shows: "the VM is in the mesh", source: "", deadlineSeconds: 1 },
        command: { on: "workstation", run: "kubectl scale" },
        expect: { stdout: /^True$/ },
      },
      repair: { on: "workstation", run: "kubectl restart" },
      done: "the sidecar was restarted",
    },
  ];
  const settled = async (item: Item | undefined, works: string) => {
    const { scene, brought, changes } = sceneOf(cluster(item), works);
    const { repaired, failed } = await settleLab({ ...scene, repairs, lookAgain: () => scene });
    expect(brought).toEqual([]);
    return {
      repaired: repaired.map(({ done }) => done),
      failed: failed.map(({ actual }) => actual),
      changes: changes(),
    };
  };

  it.each([
    ["all runs", undefined],
    ["the user has scaled a Deployment to nothing", deploymentObject("istioinaction", "webapp", 0)],
    ["the user has edited a Deployment, which therefore does not run", EDITED],
    ["the user has cordoned the node", nodeObject({ unschedulable: true })],
  ])("is asked whether it works, and left as it is, if %s", async (_, item) => {
    expect(await settled(item, "echo True")).toEqual({ repaired: [], failed: [], changes: ["kubectl scale"] });
  });

  it("and does not work by itself, is repaired", async () => {
    const works = 'case "$*" in restart) touch "$FOLDER/works" ;; *) [ ! -e "$FOLDER/works" ] || echo True ;; esac';
    expect(await settled(undefined, works)).toMatchObject({ repaired: ["the sidecar was restarted"], failed: [] });
  });

  it("and does not become ready, is told and not recreated", async () => {
    expect(await settled(PENDING, "echo True")).toEqual({
      ...{ repaired: [], changes: [] },
      failed: ["Deployment istioinaction/webapp has 0 of 1 replicas available"],
    });
  });
});

describe("an API server", () => {
  const revived = async (startedSecondsAgo: number, works: string) => {
    const made = sceneOf(cluster(), works);
    writeFileSync(join(made.bin.folder, "dead"), "");
    const started = new Date(Date.now() - startedSecondsAgo * 1000).toISOString();
    writeFileSync(join(made.bin.folder, "started"), `${started}\n`);
    const report = await reviveClusters(made.scene);
    const tries = made.bin.calls().filter((call) => call.endsWith("readyz"));
    return { ...made, report, tries: tries.length };
  };
  const done = `the node ${NODE} was restarted: the API server of k3s-s did not answer`;

  it("that does not answer in a node that has run for long comes back by a restart of the node", async () => {
    const { report, changes, tries, said } = await revived(3600, 'rm "$FOLDER/dead"');
    expect(report).toEqual({ repaired: [{ name: "k3s-s-answers", done }], failed: [] });
    expect(changes()).toEqual([`docker restart ${NODE}`]);
    // At 0 and 30 s of the test's clock; then once after the restart.
    expect([tries, said().split("\n").slice(0, 2)]).toEqual([
      3,
      ["k3s-s-answers does not hold: the API server of k3s-s is ready", `restarting the node ${NODE}`],
    ]);
  });

  it("of a node that has just been started is given more time", async () => {
    const { tries } = await revived(1, 'rm "$FOLDER/dead"');
    // At 0, 30, 60, 90 and 120 s; then once after the restart.
    expect(tries).toBe(6);
  });

  it("that does not answer after the restart either is what could not be repaired", async () => {
    const { report } = await revived(3600, "true");
    expect(report.repaired).toEqual([]);
    expect(report.failed.map(({ name, actual }) => [name, actual])).toEqual([["k3s-s-answers", "exit code 1\nEOF"]]);
  });

  it("to whose network a route leads away is reported with the route, and its node is not restarted", async () => {
    const { scene, bin, changes } = sceneOf(cluster(), "true");
    writeFileSync(join(bin.folder, "dead"), "");
    writeFileSync(join(bin.folder, "started"), "2026-01-01T00:00:00Z\n");
    writeFileSync(join(bin.folder, "routes"), "192.168.10.0/25 dev tun0\n");
    const { repaired, failed } = await reviveClusters(scene);
    expect([repaired, changes()]).toEqual([[], []]);
    expect(failed.map(({ actual }) => actual)).toEqual([
      "exit code 1\nEOF\nthe route 192.168.10.0/25 dev tun0 leads away from the lab's network 192.168.10.0/24; take it down, e.g. end the VPN",
    ]);
  });

  it("whose node docker cannot restart is reported with docker's words", async () => {
    const { report } = await revived(3600, "echo 'driver failed' >&2; exit 1");
    expect(report.failed.map(({ name, actual }) => [name, actual])).toEqual([
      ["k3s-s-answers", "exit code 1\ndriver failed"],
    ]);
  });
});

describe("what the user has made or chosen", () => {
  it.each([[true], [false]])(
    "in place of the lab's is what could not be repaired, and nothing is recreated; with Pulumi's state: %s",
    async (isMade) => {
      const stopped = deploymentObject("istioinaction", "webapp", 0);
      const own = { ...stopped, metadata: { ...stopped.metadata, managedFields: [{ manager: "kubectl-create" }] } };
      const objects = [{ ...expected.objects[0]!, isResource: true }];
      const { scene, brought, changes } = sceneOf(cluster(own), REPAIRS, { isMade });
      const standing = { ...scene.standing, expected: { things: [], objects } };
      expect(await putBackFirst({ ...scene, standing })).toEqual({ repaired: [], failed: [] });
      const { repaired, failed } = await bringBackObjects({ ...scene, standing });
      expect([repaired, failed.map(({ name, outcome, actual }) => [name, outcome, actual])]).toEqual([
        [],
        [
          [
            "Deployment istioinaction/webapp",
            "fail",
            "Deployment istioinaction/webapp is yours, and the lab's of that name is gone; delete or rename yours, then run npm run lab -- heal --stack lab",
          ],
        ],
      ]);
      expect([changes(), brought]).toEqual([[], []]);
    },
  );

  it("by an edit is reported with the line that gives it up, and is no failure", async () => {
    const whole = deploymentObject("istioinaction", "webapp", 1);
    const managedFields = [{ manager: "pulumi-kubernetes-1a", operation: "Apply" }, { manager: "kubectl-edit" }];
    const edited = { ...whole, metadata: { ...whole.metadata, managedFields } };
    const { scene, changes, said } = sceneOf(cluster(edited), REPAIRS);
    const objects = [{ ...expected.objects[0]!, isResource: true }];
    const standing = { ...scene.standing, expected: { things: [], objects } };
    expect(await tellUsersChoices({ ...scene, standing })).toEqual({ repaired: [], failed: [] });
    expect(said()).toMatch(
      /^edited by kubectl-edit: Deployment istioinaction\/webapp; left as it is. To restore the lab's version: .*kubectl --namespace .*delete .*Deployment\/webapp.* && npm run lab -- heal --stack lab\n$/,
    );
    expect(changes()).toEqual([]);
  });

  it("of a sidecar is told as what is not as the lab made it, with the command that takes it back", async () => {
    const whole = deploymentObject("istioinaction", "webapp", 1);
    const template = { metadata: { labels: { "sidecar.istio.io/inject": "false" } } };
    const refusing = { ...whole, spec: { ...whole.spec, template } };
    const { scene, changes } = sceneOf(cluster(refusing), REPAIRS);
    const objects = [{ ...expected.objects[0]!, isResource: true }];
    const { failed } = await tellUsersChoices({
      ...scene,
      standing: { ...scene.standing, expected: { things: [], objects } },
    });
    expect(failed.map(({ name, outcome, repair }) => [name, outcome, repair?.split(" --patch ")[0]])).toEqual([
      [
        "Deployment istioinaction/webapp",
        "fail",
        "kubectl --kubeconfig '/state/kubeconfig' --namespace 'istioinaction' patch deployment 'webapp'",
      ],
    ]);
    expect(changes()).toEqual([]);
  });
});
