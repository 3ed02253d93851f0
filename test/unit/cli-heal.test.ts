import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Repair, Scenario } from "../../infra/core/check";
import { ensureOwner } from "../../infra/core/state-folders";
import { awaitClusters } from "../../lab/cli/heal/clusters";
import { HealJournal } from "../../lab/cli/heal/journal";
import { main } from "../../lab/cli/main";
import { openSession } from "../../lab/cli/pulumi/session";
import { noteSettled } from "../../lab/cli/update/settled";
import { writeStackConfig } from "../../lab/cli/stack/stack-project";
import { workstationOf } from "../../lab/cli/verify/command-runner";
import type { CheckResult } from "../../lab/cli/verify/expectation";
import type { LabOutputs } from "../../lab/program/outputs";
import { clusterObjects, deploymentObject } from "../support/cluster-objects";
import { checkpoint } from "../support/command-line";
import { FakeBin } from "../support/fake-bin";
import { fakeToolchains } from "../support/fake-toolchains";

const lab = vi.hoisted(() => ({
  repairs: [] as Repair[],
  scenarios: [] as Scenario[],
  ensureTools: () => Promise.resolve(),
}));
vi.mock("../../lab/registry", async (importOriginal) => {
  const checks = () => Promise.resolve({ observations: [], scenarios: lab.scenarios });
  const test = { repairs: () => Promise.resolve(lab.repairs), checks };
  const labEntry = (name: string) => Promise.resolve(name === "test" ? test : undefined);
  return { ...(await importOriginal<object>()), labEntry };
});
vi.mock("../../lab/cli/stack/tools", () => ({ ensureTools: () => lab.ensureTools() }));
// Between two looks at what does not hold 30 s pass by the clock, and none in truth.
vi.mock("../../infra/core/clock", async () => {
  const { TestClock } = await import("../support/test-clock");
  return { realClock: new TestClock(100) };
});

let bin: FakeBin;
const file = (...path: string[]) => join(bin.folder, ...path);
const touch = (name: string, text = "") => writeFileSync(file(name), text);
const starts = () => bin.calls().filter((call) => call.startsWith("docker start"));

/** A lab of two clusters, whose containers are files with their states. */
beforeEach(() => {
  bin = new FakeBin({
    pulumi: `case "$*" in *"output kubeconfigs --show-secrets"*) cat "$FOLDER/kubeconfigs"; exit ;; esac
[ "$1" != up ] || { cp "$FOLDER/after" "$FOLDER/state/.pulumi/stacks/istio-lab/lab.json"; exit; }
cat "$FOLDER/outputs" 2>/dev/null || { echo "error: no stack named 'lab' found" >&2; exit 255; }`,
    kubectl: `case "$*" in
  *readyz) basename "$KUBECONFIG" >>"$FOLDER/asked"; [ ! -e "$FOLDER/hangs" ] || sleep 300; [ ! -e "$FOLDER/unready" ] ;;
  *"--output json --field-selector"*) echo '{"items":[]}' ;;
  *"--output json" | *"--output json --show-managed-fields")
    if [ -e "$FOLDER/endless" ]; then touch "$FOLDER/listing"; while [ -e "$FOLDER/endless" ]; do sleep 0.02; done; exit 130; fi
    cat "$FOLDER/objects" ;;
  label*) cp "$FOLDER/labelled" "$FOLDER/objects" ;;
  *"rollout restart"*) cp "$FOLDER/whole" "$FOLDER/objects" ;;
  *uncordon*) echo '${JSON.stringify(clusterObjects())}' >"$FOLDER/objects" ;;
esac`,
    docker: `[ ! -e "$FOLDER/no-engine" ] || { echo "Cannot connect" >&2; exit 1; }
case "$1" in
  info) echo '{"ServerVersion":"28.0.0","DefaultRuntime":"runc"}' ;;
  ps) for name in $(ls -r "$FOLDER/containers"); do echo "[\\"$name\\",\\"lab\\",\\"$(cat "$FOLDER/id")\\",\\"\\",\\"$name\\",\\"net\\",\\"$(cat "$FOLDER/containers/$name")\\"]"; done ;;
  start | unpause) [ ! -e "$FOLDER/refuses" ] || { echo "port is already allocated" >&2; exit 1; }; echo running >"$FOLDER/containers/$2" ;;
esac`,
  });
  mkdirSync(file("containers"));
  container("node-1");
  container("node-2");
  touch("objects", JSON.stringify(clusterObjects()));
  touch("id", ensureOwner("lab", { ISTIO_LAB_STATE: file("state") }).stateId);
  stand("test");
  lab.repairs = [];
  lab.scenarios = [];
  lab.ensureTools = () => Promise.resolve();
  // Tools are looked for in the cache first; inspectEngine looks for docker on the PATH of this process.
  vi.stubEnv("PATH", `${file("bin")}:${process.env["PATH"] ?? ""}`);
  fakeToolchains(file("cache"), file("bin"));
  vi.stubEnv("ISTIO_LAB_CACHE", file("cache"));
  vi.stubEnv("ISTIO_LAB_STATE", file("state"));
  vi.stubEnv("PULUMI_BACKEND_URL", "");
  vi.stubEnv("PULUMI_ACCESS_TOKEN", "");
});

function container(name: string, state = "running"): void {
  writeFileSync(file("containers", name), `${state}\n`);
}

function outputsOf(name: string): LabOutputs {
  const clusters = ["west", "east"].map((cluster) => ({
    name: cluster,
    kubeconfigFile: file(`kubeconfig-${cluster}`),
    context: cluster,
    gateways: [],
  }));
  const network = { name: "net", cidr: "192.168.10.0/24", loadBalancerPool: "a-b", note: "" };
  const lists = { urls: [], clusters, hosts: [], unavailable: [], nextSteps: [] };
  return { lab: name, platform: "local", versions: {}, network, ...lists };
}

function stand(name: string): void {
  touch("outputs", JSON.stringify({ access: outputsOf(name) }));
  ["west", "east"].forEach((cluster) => touch(`kubeconfig-${cluster}`, "kind: Config"));
  mkdirSync(file("state", ".pulumi", "stacks", "istio-lab"), { recursive: true });
  touch("state/.pulumi/stacks/istio-lab/lab.json", checkpoint(undefined, []));
  touch("state/.passphrase", "of the test");
}

/** Something that holds if a file is there. */
function repair(name: string, run: string, wanted = name): Repair {
  return {
    wanted: {
      name: `${name}-there`,
      shows: `${name} is there`,
      source: "12.3",
      command: { on: "workstation", run: `ls '${file(wanted)}'` },
      expect: {},
      deadlineSeconds: 60,
    },
    repair: { on: "cluster", cluster: "west", run },
    done: `${name} was made`,
  };
}

/** Takes what a stream is given; whoever listens to it would do so for all tests. */
function capture(stream: NodeJS.WriteStream): () => string {
  vi.spyOn(stream, "on").mockReturnValue(stream);
  const write = vi.spyOn(stream, "write").mockReturnValue(true);
  return () => write.mock.calls.map(([text]) => String(text)).join("");
}

/** Runs the verb; times are left out. */
async function heal(...words: string[]): Promise<{ exitCode: unknown; stdout: string; lines: readonly string[] }> {
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  const before = process.exitCode;
  try {
    await main(["heal", "--stack", "lab", ...words]);
    const lines = stderr()
      .trim()
      .replaceAll(/^ *[\d.]+ s {2}/gm, "")
      .split("\n");
    return { exitCode: process.exitCode, stdout: stdout().replaceAll(/\d+\.\d s/g, "T"), lines };
  } finally {
    process.exitCode = before;
    vi.restoreAllMocks();
  }
}

const READY = "the nodes take pods, and all workloads of the lab are ready";
const ANSWERS = [
  "west-answers holds: the API server of west is ready",
  "east-answers holds: the API server of east is ready",
];
/** Clusters are asked side by side. */
const sorted = (lines: readonly string[]) => [...lines].sort();

describe("heal", () => {
  it("changes nothing if everything holds, and asks each cluster by its own kubeconfig alone", async () => {
    touch("gateway");
    lab.repairs = [repair("gateway", `touch '${file("repaired")}'`)];
    const { exitCode, stdout, lines } = await heal();
    expect([exitCode, stdout]).toEqual([0, "there was nothing to do (T)\n"]);
    expect(lines.slice(0, 2)).toEqual(["the Docker engine answers", "all containers of the stack run: 2"]);
    expect(sorted(lines.slice(2, 4))).toEqual(sorted(ANSWERS));
    expect(lines.slice(4)).toEqual([READY, "gateway-there holds: gateway is there"]);
    expect(starts()).toEqual([]);
    expect(existsSync(file("repaired"))).toBe(false);
    expect(sorted(readFileSync(file("asked"), "utf8").trim().split("\n"))).toEqual([
      "kubeconfig-east",
      "kubeconfig-west",
    ]);
  });

  it("continues containers that are paused, which a start would refuse", async () => {
    container("node-2", "paused");
    const { exitCode, stdout, lines } = await heal();
    expect([exitCode, stdout]).toEqual([0, "1 thing was repaired (T)\n"]);
    expect(lines[1]).toBe("the container node-2 was continued");
    expect(bin.calls().filter((call) => /^docker (start|unpause)/.test(call))).toEqual(["docker unpause node-2"]);
  });

  it("starts containers that do not run, the oldest first, before it asks the clusters", async () => {
    container("node-1", "exited");
    container("node-3", "exited");
    const { exitCode, stdout, lines } = await heal();
    expect([exitCode, stdout]).toEqual([0, "2 things were repaired (T)\n"]);
    expect(lines.slice(0, 3)).toEqual([
      "the Docker engine answers",
      "the container node-1 was started",
      "the container node-3 was started",
    ]);
    const calls = bin.calls();
    expect(starts()).toEqual(["docker start node-1", "docker start node-3"]);
    expect(calls.indexOf("docker start node-3")).toBeLessThan(calls.findIndex((call) => call.startsWith("kubectl")));
  });

  it("leaves a container alone that no step of the lab has made, and a killed docker run has left", async () => {
    const made = { ISTIO_LAB_MAKES: JSON.stringify({ kind: "container", name: "node-1" }) };
    const step = { urn: "urn:node-1", type: "command:local:Command", inputs: { environment: made } };
    touch("state/.pulumi/stacks/istio-lab/lab.json", checkpoint(outputsOf("test"), [step]));
    container("node-1", "exited");
    container("node-2", "created");
    expect((await heal()).stdout).toBe("1 thing was repaired (T)\n");
    expect(starts()).toEqual(["docker start node-1"]);
  });

  it("touches nothing if a kubeconfig leads to another cluster, and says how it is led back", async () => {
    touch("kubeconfig-east", "current-context: kind-mine\ncontexts: [{ name: east }, { name: kind-mine }]\n");
    const { exitCode, lines } = await heal();
    expect([exitCode, lines.at(-1)]).toEqual([
      1,
      expect.stringMatching(
        /kubeconfig-east leads to kind-mine, not to the lab's cluster; restore it: '.*\/kubectl' --kubeconfig '.*kubeconfig-east' config use-context \S+$/,
      ),
    ]);
    expect(bin.calls().filter((call) => call.startsWith("kubectl"))).toEqual([]);
  });

  it.each([
    ["is gone", () => rmSync(file("kubeconfig-east"))],
    ["is empty", () => touch("kubeconfig-east")],
  ])("writes a kubeconfig again that %s, and never asks a cluster without one", async (_, damage) => {
    damage();
    touch("kubeconfigs", JSON.stringify({ west: "other", east: "kind: Config # east" }));
    const { exitCode, stdout, lines } = await heal();
    expect([exitCode, stdout]).toEqual([0, "1 thing was repaired (T)\n"]);
    expect(lines[1]).toBe(`${file("kubeconfig-east")} was written again`);
    const texts = ["west", "east"].map((cluster) => readFileSync(file(`kubeconfig-${cluster}`), "utf8"));
    expect([texts, statSync(file("kubeconfig-east")).mode & 0o777]).toEqual([
      ["kind: Config", "kind: Config # east\n"],
      0o600,
    ]);
  });

  it("says what to do about a kubeconfig that is gone and that the outputs do not hold", async () => {
    rmSync(file("kubeconfig-east"));
    touch("kubeconfigs", "{}");
    const { exitCode, lines } = await heal();
    expect([exitCode, lines.at(-1)]).toEqual([
      1,
      `stack lab: ${file("kubeconfig-east")} is gone, and the outputs do not hold it; build the lab again: npm run lab -- destroy --stack lab, then npm run up -- --stack lab`,
    ]);
    expect(bin.calls().filter((call) => call.startsWith("kubectl"))).toEqual([]);
  });

  it("recreates what somebody has taken out of Pulumi's state, e.g. by a plain pulumi destroy --target", async () => {
    const state = (...names: readonly string[]) =>
      checkpoint(
        outputsOf("test"),
        names.map((name) => ({ urn: `urn:x::${name}`, type: "x:y:Z" })),
      );
    touch("after", state("ratings", "reviews", "prometheus", "grafana"));
    touch("state/.pulumi/stacks/istio-lab/lab.json", state("ratings", "reviews", "prometheus", "grafana"));
    writeStackConfig("lab");
    noteSettled(openSession("lab"));
    touch("state/.pulumi/stacks/istio-lab/lab.json", state("ratings"));
    const { exitCode, stdout, lines } = await heal();
    expect(lines[1]).toBe("gone from Pulumi's state: reviews, prometheus, grafana");
    expect([exitCode, stdout]).toEqual([0, "1 thing was repaired (T)\n"]);
    expect(bin.calls().filter((call) => call.startsWith("pulumi up")).length).toBe(1);
    expect((await heal()).stdout).toBe("there was nothing to do (T)\n");
  });

  it("starts an engine that does not answer, and says so", async () => {
    touch("no-engine");
    lab.ensureTools = async () => rmSync(file("no-engine"));
    const { exitCode, stdout, lines } = await heal();
    expect([exitCode, stdout]).toEqual([0, "1 thing was repaired (T)\n"]);
    expect(lines.slice(0, 2)).toEqual(["the Docker engine was started", "all containers of the stack run: 2"]);
  });

  it("repairs only what does not hold, and then looks again", async () => {
    touch("gateway");
    lab.repairs = [
      repair("gateway", `touch '${file("wrong")}'`),
      repair("istiod", `echo "$KUBECONFIG" >'${file("istiod")}'`),
    ];
    const { exitCode, stdout, lines } = await heal("--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout.replace(/"seconds": [\d.]+/, '"seconds": 1'))).toEqual({
      stack: "lab",
      lab: "test",
      seconds: 1,
      repaired: [{ name: "istiod-there", done: "istiod was made" }],
      failed: [],
    });
    expect(lines.slice(4)).toEqual([
      READY,
      "gateway-there holds: gateway is there",
      "istiod-there does not hold: istiod is there",
      "istiod was made",
      "istiod-there holds: istiod is there",
    ]);
    expect(existsSync(file("wrong"))).toBe(false);
    expect(readFileSync(file("istiod"), "utf8")).toBe(`${file("kubeconfig-west")}\n`);
  });

  it("looks at the clusters' nodes in a lab whose objects no state tells, and before it looks at what the lab itself repairs", async () => {
    touch("objects", JSON.stringify(clusterObjects({ unschedulable: true })));
    touch("gateway");
    lab.repairs = [repair("gateway", "true")];
    const { exitCode, stdout, lines } = await heal();
    expect([exitCode, stdout]).toEqual([0, "2 things were repaired (T)\n"]);
    expect(sorted(lines.slice(4, 8))).toEqual([
      "Node node is cordoned: no pod is put on it",
      "Node node is cordoned: no pod is put on it",
      "the node node was uncordoned",
      "the node node was uncordoned",
    ]);
    expect(lines.slice(8)).toEqual([READY, "gateway-there holds: gateway is there"]);
  });

  it("has nodes take pods before it recreates a workload that somebody has deleted, which no node would take", async () => {
    const web = { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "shop", name: "web" } };
    const resources = [
      { urn: "urn:west", type: "pulumi:providers:kubernetes", inputs: { clusterIdentifier: "west" } },
      { urn: "urn:web", type: "kubernetes:apps/v1:Deployment", provider: "urn:west::1", inputs: web },
    ];
    touch("state/.pulumi/stacks/istio-lab/lab.json", checkpoint(outputsOf("test"), resources));
    touch("after", checkpoint(outputsOf("test"), resources));
    touch("objects", JSON.stringify(clusterObjects({ unschedulable: true })));
    await heal();
    const calls = bin.calls();
    const uncordoned = calls.findIndex((call) => call.includes("uncordon"));
    expect(uncordoned).toBeGreaterThan(0);
    expect(calls.findIndex((call) => call.startsWith("pulumi up"))).toBeGreaterThan(uncordoned);
  });

  it("puts a lost label back, and then restarts the workloads that got no sidecar, before it looks at what the lab itself repairs", async () => {
    const shop = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop", labels: { "istio-injection": "enabled" } },
    };
    const web = { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "shop", name: "web" } };
    const resources = [
      { urn: "urn:west", type: "pulumi:providers:kubernetes", inputs: { clusterIdentifier: "west" } },
      { urn: "urn:shop", type: "kubernetes:core/v1:Namespace", provider: "urn:west::1", inputs: shop },
      { urn: "urn:web", type: "kubernetes:apps/v1:Deployment", provider: "urn:west::1", inputs: web },
      ...["node-1", "node-2"].map((name) => ({
        urn: `urn:${name}`,
        type: "command:local:Command",
        inputs: { environment: { ISTIO_LAB_MAKES: JSON.stringify({ kind: "container", name }) } },
      })),
    ];
    touch("state/.pulumi/stacks/istio-lab/lab.json", checkpoint(outputsOf("test"), resources));
    const ownerReferences = [{ kind: "ReplicaSet", name: "web-6ccb" }];
    const metadata = {
      namespace: "shop",
      name: "web-6ccb-x",
      labels: { "pod-template-hash": "6ccb" },
      ownerReferences,
    };
    const deployment = deploymentObject("shop", "web", 1);
    const objects = (labels: object, ...containers: readonly string[]) => {
      const pod = { kind: "Pod", metadata, spec: { containers: containers.map((name) => ({ name })) } };
      const running = { ...deployment, spec: { ...deployment.spec, template: {} } };
      const namespace = { kind: "Namespace", metadata: { name: "shop", labels } };
      return JSON.stringify({ items: [...clusterObjects().items, namespace, running, pod] });
    };
    touch("objects", objects({}, "web"));
    touch("labelled", objects(shop.metadata.labels, "web"));
    touch("whole", objects(shop.metadata.labels, "web", "istio-proxy"));
    touch("gateway");
    lab.repairs = [repair("gateway", "true")];
    const { exitCode, stdout, lines } = await heal();
    expect([exitCode, stdout]).toEqual([0, "2 things were repaired (T)\n"]);
    expect(lines.slice(4)).toEqual([
      "Namespace shop in west has lost the label istio-injection=enabled",
      "Namespace shop in west was given the label istio-injection=enabled again",
      READY,
      "west: Deployment shop/web (no sidecar)",
      "restarted in west: Deployment shop/web (no sidecar)",
      "gateway-there holds: gateway is there",
    ]);
  });

  it("makes istiod take the lab's root again before it looks at the sidecars, which stand on that", async () => {
    const cacerts = { apiVersion: "v1", kind: "Secret", metadata: { namespace: "istio-system", name: "cacerts" } };
    const web = { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "shop", name: "web" } };
    const resources = [
      { urn: "urn:west", type: "pulumi:providers:kubernetes", inputs: { clusterIdentifier: "west" } },
      { urn: "urn:cacerts", type: "kubernetes:core/v1:Secret", provider: "urn:west::1", inputs: cacerts },
      { urn: "urn:web", type: "kubernetes:apps/v1:Deployment", provider: "urn:west::1", inputs: web },
    ];
    const file = "state/.pulumi/stacks/istio-lab/lab.json";
    touch(file, checkpoint(outputsOf("test"), resources));
    const { kind, metadata } = cacerts;
    touch(
      "objects",
      JSON.stringify({ items: [...clusterObjects().items, { kind, metadata }, deploymentObject("shop", "web", 1)] }),
    );
    await heal();
    const asked = bin.calls().flatMap((call) => /metadata\.name=\S+/.exec(call)?.[0] ?? []);
    const ofRoot = ["metadata.name=cacerts", "metadata.name=istio-ca-root-cert"];
    expect([asked.slice(0, 2).sort(), asked.slice(2)]).toEqual([
      ofRoot,
      ["metadata.name=istio-ca-root-cert,metadata.namespace=istio-system"],
    ]);
  });

  it("spares what an earlier repair has repaired as well", async () => {
    lab.repairs = [
      repair("istiod", `touch '${file("istiod")}'`),
      repair("gateway", `touch '${file("wrong")}'`, "istiod"),
    ];
    const { exitCode, stdout } = await heal();
    expect([exitCode, stdout]).toEqual([0, "1 thing was repaired (T)\n"]);
    expect(existsSync(file("wrong"))).toBe(false);
  });

  it("that cannot repair something repairs the rest, and says what was expected, what came, and how to see it", async () => {
    lab.repairs = [repair("istiod", "true"), repair("gateway", `touch '${file("gateway")}'`)];
    const { exitCode, stdout } = await heal();
    expect(exitCode).toBe(1);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^FAIL {2}istiod-there +T {2}istiod is there$/);
    expect(lines.slice(1)).toEqual([
      "    expected  exit code 0",
      "    actual    exit code 2",
      `              ls: cannot access '${file("istiod")}': No such file or directory`,
      expect.stringMatching(/^ {4}command {3}KUBECONFIG=.*; ls .*istiod'\\'''$/) as string,
      "    notes     12.3",
      "1 thing was repaired, 1 could not be (T)",
      "",
    ]);
  });

  it.each([
    [
      "whose repair itself fails",
      () => void (lab.repairs = [repair("istiod", "echo no >&2; exit 4")]),
      { name: "istiod-there", expected: "the repair ends with exit code 0", actual: "exit code 4\nno" },
    ],
    [
      "with a container that does not start",
      () => {
        container("node-1", "exited");
        touch("refuses");
        lab.repairs = [repair("istiod", "true")];
      },
      {
        name: "node-1",
        expected: "the repair ends with exit code 0",
        actual: "exit code 1\nport is already allocated",
      },
    ],
  ])("of a lab %s exits with 1 and the reason", async (_title, prepare, failure) => {
    prepare();
    const { exitCode, stdout } = await heal("--json");
    const { repaired, failed } = JSON.parse(stdout) as { repaired: unknown; failed: readonly CheckResult[] };
    expect([exitCode, repaired]).toEqual([1, []]);
    expect(failed).toEqual([expect.objectContaining({ ...failure, outcome: "fail" })]);
    expect(failed[0]!.command).toContain("bash -c");
  });

  it("asks no cluster whose container does not start", async () => {
    container("node-1", "exited");
    touch("refuses");
    await heal();
    expect(existsSync(file("asked"))).toBe(false);
  });

  it.each([
    [
      "there is no lab",
      () => {
        rmSync(file("outputs"));
        readdirSync(file("containers")).forEach((name) => rmSync(file("containers", name)));
      },
      "stack lab: there is no lab here; build one: npm run up -- --stack lab",
    ],
    [
      "its state is lost",
      () => rmSync(file("outputs")),
      "stack lab: its state is lost, and these still exist: node-1, node-2; " +
        "take them over: npm run up -- --stack lab, or remove them: npm run lab -- destroy --stack lab",
    ],
    [
      "no up has finished",
      () => {
        rmSync(file("outputs"));
        touch("state/.pulumi/stacks/istio-lab/lab.json", checkpoint(undefined));
      },
      "stack lab: its lab is half-built, since no up has finished; " +
        "complete it: npm run up -- --stack lab, or remove it: npm run lab -- destroy --stack lab",
    ],
    [
      "a lab stands that this checkout does not know",
      () => stand("other"),
      'lab "other" is built here; this checkout knows vm, multicluster, traffic-flow',
    ],
  ])("where %s exits with 2", async (_title, prepare, message) => {
    prepare();
    const { exitCode, stdout, lines } = await heal();
    expect({ exitCode, stdout, lines }).toEqual({ exitCode: 2, stdout: "", lines: [message] });
    expect(bin.calls().filter((call) => /^docker (?!ps )/.test(call))).toEqual([]);
  });

  it("ends at Ctrl-C at once with 130, and runs no repair any more", async () => {
    touch("hangs");
    lab.repairs = [repair("istiod", `touch '${file("istiod")}'`)];
    const listeners = process.listenerCount("SIGINT");
    const healing = heal();
    await expect.poll(() => existsSync(file("asked"))).toBe(true);
    process.listeners("SIGINT").at(-1)!("SIGINT");
    const { exitCode, stdout, lines } = await healing;
    expect([exitCode, stdout]).toEqual([130, ""]);
    expect(lines.at(-1)).toBe(
      "stack lab: interrupted; what is repaired stays, npm run lab -- heal --stack lab does the rest",
    );
    expect(existsSync(file("istiod"))).toBe(false);
    expect(process.listenerCount("SIGINT")).toBe(listeners);
  });

  it("ends at Ctrl-C with 130 also if that ends the program that is asked just then", async () => {
    touch("endless");
    const healing = heal();
    await expect.poll(() => existsSync(file("listing"))).toBe(true);
    process.listeners("SIGINT").at(-1)!("SIGINT");
    rmSync(file("endless"));
    const { exitCode, stdout, lines } = await healing;
    expect([exitCode, stdout, lines.at(-1)]).toEqual([
      130,
      "",
      "stack lab: interrupted; what is repaired stays, npm run lab -- heal --stack lab does the rest",
    ]);
  });
});

describe("a cluster", () => {
  it("that does not answer within its deadline is what could not be repaired", async () => {
    touch("unready");
    const outputs = outputsOf("test");
    const report = await awaitClusters(
      {
        outputs,
        workstation: workstationOf(outputs, { ...process.env }),
        signal: new AbortController().signal,
        journal: new HealJournal({ write: () => true }, { isLive: false, hasColour: false, columns: 80 }),
      },
      0.5,
    );
    expect(report.repaired).toEqual([]);
    expect(report.failed.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["west-answers", "fail"],
      ["east-answers", "fail"],
    ]);
    expect(report.failed[0]!.command).toMatch(/^KUBECONFIG='[^']*\/kubeconfig-west' .*get --raw \/readyz'$/);
  });
});

describe("the journal", () => {
  /** What is shown while two things are waited for, of which one comes after 15 s and the other after 25 s. */
  async function show(terminal: { isLive: boolean; columns: number }): Promise<string> {
    vi.useFakeTimers();
    try {
      let text = "";
      const stream = { write: (more: string) => (text += more) };
      const journal = new HealJournal(stream, { hasColour: false, ...terminal });
      const open = new Set(["west", "east"]);
      setTimeout(() => {
        open.delete("west");
        journal.line("west came");
      }, 15_000);
      const waiting = journal.during(open, new Promise((resolve) => setTimeout(resolve, 25_000)));
      await vi.advanceTimersByTimeAsync(25_000);
      await waiting;
      journal.line("done");
      await vi.advanceTimersByTimeAsync(60_000);
      return text;
    } finally {
      vi.useRealTimers();
    }
  }

  it("says every ten seconds what it waits for, and for how long, if nobody watches", async () => {
    expect(await show({ isLive: false, columns: 80 })).toBe(
      "  10.0 s  waiting for west, east  10.0 s\n  15.0 s  west came\n  20.0 s  waiting for east  20.0 s\n  25.0 s  done\n",
    );
  });

  it("names the first few of many that are not ready", () => {
    let text = "";
    const stream = { write: (more: string) => (text += more) };
    const journal = new HealJournal(stream, { hasColour: false, isLive: false, columns: 80 }, () => 0);
    journal.notReady(["a", "b", "c", "d", "e", "f"]);
    expect(text).toBe("   0.0 s  not ready yet: a, b, c, d and 2 more\n");
  });

  it("keeps one line up to date on a terminal, no longer than the terminal is wide, and takes it away", async () => {
    const text = await show({ isLive: true, columns: 35 });
    const shown = text.split("\r\u001b[K");
    expect(shown[0]).toBe("          … waiting for west, east");
    expect(shown.find((part) => part.includes("west came"))).toMatch(/^ {2}15\.0 s {2}west came\n/);
    expect(shown.at(-2)).toMatch(/^ {10}… waiting for east {2}2[45]\.\d$/);
    expect(shown.at(-1)).toBe("  25.0 s  done\n");
  });
});
