import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findControlPlane, startControlPlane, type ControlPlane } from "../support/control-plane";
import { Engine, type EngineRun } from "../support/engine";
import { changed } from "../support/changed";

const programs = findControlPlane();
if (programs === undefined) {
  console.warn("kubernetes engine tests are skipped: no kube-apiserver in the toolchain; run: npm run lab -- setup");
}

let engine: Engine;
let plane: ControlPlane;
let kubeconfigFile: string;
let namespaces = 0;
let team: string;

const namespacePath = (): string => `/api/v1/namespaces/${team}`;
const merge = "application/merge-patch+json";

/** The program: a provider `o` for the control plane, the namespace `team` of this test, and what the test adds. */
function program(text: string, provider = 'clusterIdentifier: "test", upsertExistingObjects: true'): void {
  engine.program(`
    const k8s = require("@pulumi/kubernetes");
    const kubeconfig = pulumi.secret(require("fs").readFileSync(${JSON.stringify(kubeconfigFile)}, "utf8"));
    const o = { provider: new k8s.Provider("provider", { kubeconfig, ${provider} }) };
    const force = { "pulumi.com/patchForce": "true" };
    const meta = (name, annotations = {}) => ({
      name, namespace: "${team}",
      annotations: { "pulumi.com/deletionPropagationPolicy": "background", ...annotations },
    });
    ${text}
  `);
}

function deployment(options: { image?: string; app?: string; timeout?: number } = {}): string {
  const { image = "one", app = "web", timeout = 240 } = options;
  return `new k8s.apps.v1.Deployment("web", {
    metadata: meta("web", { "pulumi.com/timeoutSeconds": "${timeout}" }),
    spec: { selector: { matchLabels: { app: "${app}" } }, template: { metadata: { labels: { app: "${app}" } },
      spec: { containers: [{ name: "main", image: "${image}", resources: { requests: { cpu: "1000m" } } }] } } },
  }, o);`;
}

/** Does a kubelet's part until stopped: every pod of the namespace gets this status. */
async function reportPods(status: object, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const pods = (await plane.request("GET", `${namespacePath()}/pods`)) as { items: { metadata: { name: string } }[] };
    for (const { metadata } of pods.items) {
      await plane.request("PATCH", `${namespacePath()}/pods/${metadata.name}/status`, { status }, merge);
    }
    await sleep(200);
  }
}

async function upWithPods(status: object): Promise<EngineRun> {
  const stop = new AbortController();
  const reporting = reportPods(status, stop.signal);
  const run = await engine.up();
  stop.abort();
  await reporting;
  return run;
}

const running = { phase: "Running", podIP: "10.0.0.9", conditions: [{ type: "Ready", status: "True" }] };

describe.skipIf(programs === undefined)("Kubernetes objects under the real engine and a real API server", () => {
  beforeAll(async () => {
    [plane, engine] = await Promise.all([
      startControlPlane(programs!),
      Engine.start(["pulumi-resource-command", "pulumi-resource-kubernetes"]),
    ]);
    kubeconfigFile = join(engine.folder, "kubeconfig");
    writeFileSync(kubeconfigFile, plane.kubeconfig, { mode: 0o600 });
  });

  beforeAll(() => {
    team = "team-0";
  });

  afterEach(async () => {
    engine.program("");
    const { code, output } = await engine.destroy();
    expect(output).not.toMatch(/^ {4}error:/m);
    expect(code).toBe(0);
    namespaces += 1;
    team = `team-${namespaces}`;
  });

  afterAll(async () => {
    engine.close();
    await plane.stop();
  });

  const makeNamespace = (): Promise<unknown> =>
    plane.request("POST", "/api/v1/namespaces", { metadata: { name: team } });

  it("are made in their order, read back, and left alone by a second up", async () => {
    program(`
      const namespace = new k8s.core.v1.Namespace("team", { metadata: { name: "${team}" } }, o);
      const map = new k8s.core.v1.ConfigMap("map", { metadata: { namespace: namespace.metadata.name }, data: { a: "1" } }, o);
      const secret = new k8s.core.v1.Secret("secret", { metadata: meta("secret"), stringData: { password: "open sesame" } }, { ...o, dependsOn: namespace });
      exports.name = map.metadata.name;
      exports.id = map.id;
      exports.data = secret.data;
    `);
    const first = await engine.up();
    expect(first.output).not.toMatch(/error|warning/);
    expect([...first.steps].sort()).toEqual(["create map", "create secret", "create team"]);
    const outputs = await engine.outputs();
    expect(outputs["name"]).toMatch(/^map-[0-9a-f]{8}$/);
    expect(outputs["id"]).toBe(`${team}/${String(outputs["name"])}`);
    expect(outputs["data"]).toEqual({ password: Buffer.from("open sesame").toString("base64") });
    expect((await plane.request("GET", `${namespacePath()}/configmaps/${String(outputs["name"])}`))["data"]).toEqual({
      a: "1",
    });
    const second = await engine.up();
    expect([second.code, second.steps]).toEqual([0, []]);
    expect((await engine.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]).finished).code).toBe(0);
    const state = await engine.exported();
    const token = /"token":"([0-9a-f]+)"/.exec(plane.kubeconfig)?.[1] ?? "";
    expect(token).not.toBe("");
    for (const secret of ["open sesame", Buffer.from("open sesame").toString("base64"), token]) {
      expect(state + first.output + second.output).not.toContain(secret);
    }
  });

  it("are previewed by the API server's own dry run, and without a cluster too", async () => {
    await makeNamespace();
    program(`
      const service = new k8s.core.v1.Service("web", { metadata: meta("web"), spec: { ports: [{ port: 80 }] } }, o);
      exports.protocol = service.spec.ports[0].protocol;
    `);
    const preview = await engine.preview();
    expect([preview.code, preview.steps]).toEqual([0, ["create web"]]);
    // Only the API server knows the default.
    expect(preview.output).toMatch(/protocol *: "TCP"/);
    expect(await plane.request("GET", `${namespacePath()}/services/web`)).toMatchObject({ code: 404 });
    engine.program(`
      const k8s = require("@pulumi/kubernetes");
      const made = new local.Command("cluster", { create: "cat ${kubeconfigFile}" });
      const provider = new k8s.Provider("later", { kubeconfig: pulumi.secret(made.stdout), clusterIdentifier: "later" });
      new k8s.core.v1.ConfigMap("map", { metadata: { name: "map" }, data: { a: "1" } }, { provider });
    `);
    const later = await engine.preview();
    expect([later.code, later.steps]).toEqual([0, ["create cluster", "create map"]]);
  });

  it("are updated in place, replaced if a field cannot change, and deleted when nothing holds them", async () => {
    await makeNamespace();
    const map = (value: string, label: string): string => `new k8s.core.v1.ConfigMap("map", {
      metadata: { name: "map", namespace: "${team}", labels: { l: "${label}" } }, data: { a: "${value}" } }, o);`;
    program(map("1", "one"));
    expect((await engine.up()).steps).toEqual(["create map"]);
    program(map("1", "two"));
    expect((await engine.up()).steps).toEqual(["update map"]);
    expect(await plane.request("GET", `${namespacePath()}/configmaps/map`)).toMatchObject({
      metadata: { labels: { l: "two" } },
    });
    program(map("2", "two"));
    expect((await engine.up()).steps).toEqual(["delete-replaced map", "replace map", "create-replacement map"]);
    expect(await plane.request("GET", `${namespacePath()}/configmaps/map`)).toMatchObject({ data: { a: "2" } });
    // Foreground, the default: the garbage collector takes the object, but not before its finalizers are gone.
    await plane.request(
      "PATCH",
      `${namespacePath()}/configmaps/map`,
      { metadata: { finalizers: ["example.com/hold"] } },
      merge,
    );
    program("");
    const up = engine.startUp();
    await untilOutput(up.output, /map deleting .* Resource scheduled for deletion/);
    expect(await plane.request("GET", `${namespacePath()}/configmaps/map`)).toMatchObject({
      metadata: { finalizers: expect.arrayContaining(["example.com/hold"]) as string[] },
    });
    await plane.request("PATCH", `${namespacePath()}/configmaps/map`, { metadata: { finalizers: null } }, merge);
    expect((await up.finished).steps).toEqual(["delete map"]);
    expect(await plane.request("GET", `${namespacePath()}/configmaps/map`)).toMatchObject({ code: 404 });
  });

  it("that are in the cluster but not in the state are taken over, with what others have added to them", async () => {
    await makeNamespace();
    await plane.request("POST", `${namespacePath()}/configmaps`, {
      metadata: { name: "map" },
      data: { a: "old", b: "kept" },
    });
    program('new k8s.core.v1.ConfigMap("map", { metadata: meta("map", force), data: { a: "new" } }, o);');
    expect((await engine.up()).steps).toEqual(["create map"]);
    expect(await plane.request("GET", `${namespacePath()}/configmaps/map`)).toMatchObject({
      data: { a: "new", b: "kept" },
    });
  });

  it("whose fields somebody else has taken are a conflict that names them, and can be forced", async () => {
    await makeNamespace();
    const service = (port: number, annotation = ""): string =>
      `new k8s.core.v1.Service("web", { metadata: meta("web", { ${annotation} }), spec: { ports: [{ name: "http", port: 80, targetPort: ${port} }] } }, o);`;
    program(service(8080));
    await engine.up();
    const theirs = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { ports: [{ name: "http", port: 80, targetPort: 9999 }] },
    };
    await plane.request(
      "PATCH",
      `${namespacePath()}/services/web?fieldManager=somebody&force=true`,
      theirs,
      "application/apply-patch+yaml",
    );
    program(service(8081));
    const refused = await engine.up();
    expect(refused.steps).toEqual(["update-failed web"]);
    expect(refused.output).toContain('conflict with "somebody": .spec.ports[port=80,protocol="TCP"].targetPort');
    program(service(8081, "...force"));
    expect((await engine.up()).steps).toEqual(["update web"]);
    expect(await plane.request("GET", `${namespacePath()}/services/web`)).toMatchObject({
      spec: { ports: [{ targetPort: 8081 }] },
    });
  });

  it("that changed or went in the cluster are found by a refresh and repaired by the next up", async () => {
    await makeNamespace();
    program(`
      new k8s.core.v1.ConfigMap("changed", { metadata: { ...meta("changed", force), labels: { l: "mine" } } }, o);
      new k8s.core.v1.ConfigMap("gone", { metadata: meta("gone") }, o);
    `);
    await engine.up();
    await plane.request(
      "PATCH",
      `${namespacePath()}/configmaps/changed`,
      { metadata: { labels: { l: "theirs" } } },
      merge,
    );
    await plane.request("DELETE", `${namespacePath()}/configmaps/gone`);
    expect((await engine.run(["refresh", "--yes", "--skip-preview"]).finished).code).toBe(0);
    expect([...(await engine.up()).steps].sort()).toEqual(["create gone", "update changed"]);
    expect(await plane.request("GET", `${namespacePath()}/configmaps/changed`)).toMatchObject({
      metadata: { labels: { l: "mine" } },
    });
  });

  it("of a cluster that is gone leave the state if the provider says so", async () => {
    await makeNamespace();
    const map = 'new k8s.core.v1.ConfigMap("map", { metadata: meta("map") }, o);';
    program(map);
    await engine.up();
    writeFileSync(kubeconfigFile, changed(plane.kubeconfig, /127\.0\.0\.1:\d+/, "127.0.0.1:1"));
    // What has not changed asks the cluster nothing.
    program(map);
    const unchanged = await engine.up();
    expect([unchanged.code, unchanged.steps]).toEqual([0, []]);
    program("");
    const kept = await engine.up();
    expect(kept.steps).toEqual(["delete-failed map"]);
    expect(kept.output).toContain("PULUMI_K8S_DELETE_UNREACHABLE");
    program("", 'clusterIdentifier: "test", upsertExistingObjects: true, deleteUnreachable: true');
    expect((await engine.up()).steps).toEqual(["delete map"]);
    writeFileSync(kubeconfigFile, plane.kubeconfig);
  });

  it("that are workloads are waited for until their pods are there, and say why if they are not", async () => {
    await makeNamespace();
    // Long enough for the pod to be there and to be in trouble by then, on a busy machine too.
    program(deployment({ timeout: 15 }));
    const failed = await upWithPods({ phase: "Pending" });
    expect(failed.steps).toEqual(["create-failed web"]);
    expect(failed.output).toMatch(/Waiting for app ReplicaSet to be available \(0\/1 Pods available\)/);
    expect(failed.output).toContain("'web' timed out waiting to be Ready");
    expect(failed.output).toContain("Minimum number of live Pods was not attained");
    expect(await engine.exported()).toContain('"initErrors"');
    const healed = await upWithPods(running);
    expect([healed.code, healed.steps]).toEqual([0, ["update web"]]);
    program(deployment({ image: "two" }));
    expect((await upWithPods(running)).steps).toEqual(["update web"]);
    program(deployment({ image: "two", app: "other" }));
    expect((await upWithPods(running)).steps).toEqual(["delete-replaced web", "replace web", "create-replacement web"]);
    expect((await engine.up()).steps).toEqual([]);
  });

  it("that are waited for end at once when the user cancels, and stay in the state", async () => {
    await makeNamespace();
    program(deployment({ timeout: 600 }));
    const up = engine.startUp();
    await untilOutput(up.output, /Waiting for app ReplicaSet/);
    up.child.kill("SIGINT");
    const run = await up.finished;
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('Resource operation was cancelled for "web"');
    expect(await engine.exported()).toContain('"initErrors"');
  });
});

async function untilOutput(output: () => string, pattern: RegExp): Promise<void> {
  await expect.poll(output).toMatch(pattern);
}
