import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Check, Scenario } from "../../infra/core/check";
import { MADE_VARIABLE } from "../../infra/core/made";
import { openSession } from "../../lab/cli/pulumi/session";
import { runCheck, type SuiteOptions } from "../../lab/cli/verify/check-runner";
import { workstationOf } from "../../lab/cli/verify/command-runner";
import { lossesOf } from "../../lab/cli/verify/failure";
import { describeResult } from "../../lab/cli/verify/result-lines";
import { runScenario } from "../../lab/cli/verify/scenario-runner";
import { ACCESS, checkpoint, CommandLine, dockerWith, KUBECONFIG, STATE_ID } from "../support/command-line";
import { nodeObject } from "../support/cluster-objects";
import { TestClock } from "../support/test-clock";

const NAMES = ["istiod", "istio-ingressgateway", "istio-eastwestgateway", "istio-cni", "istio-base"];
const deployments = (names: readonly string[]) =>
  names.map((name) => ({ apiVersion: "apps/v1", kind: "Deployment", namespace: "istio-system", name }));

/** A Deployment or DaemonSet that runs. */
const running = (kind: string, namespace: string, name: string, replicas = 1) => ({
  kind,
  metadata: { namespace, name },
  spec: { replicas },
  status: { availableReplicas: replicas, updatedReplicas: replicas, numberAvailable: replicas },
});

/** The cluster has some of the Deployments and what is given, and says kubectl's words to every other question. */
function clusterWith(names: readonly string[], ...others: readonly object[]): string {
  const items = [
    nodeObject(),
    ...names.map((name) => running("Deployment", "istio-system", name)),
    running("Deployment", "kube-system", "coredns", 2),
    running("DaemonSet", "kube-system", "kube-proxy"),
    ...others,
  ];
  return `case "$*" in
*"--output json"*) echo '${JSON.stringify({ items })}' ;;
*) echo 'Error from server (NotFound): deployments.apps "istiod" not found' >&2; exit 1 ;;
esac`;
}

const check = (run: string): Check => ({
  name: "istiod-ready",
  shows: "istiod is ready",
  source: "13.2.1",
  command: { on: "workstation", run },
  expect: {},
  deadlineSeconds: 60,
});
const KUBECTL = "kubectl --namespace istio-system get deployment istiod";

/** Opens a stack that has made those Deployments, and whose cluster has some of them. */
function standing(kubectl: string, docker = dockerWith("dev"), resources: readonly object[] = []) {
  const cli = new CommandLine({ kubectl, docker });
  const environment = {
    KUBECONFIG,
    [MADE_VARIABLE]: JSON.stringify({ kind: "objects", objects: deployments(NAMES) }),
  };
  const step = { urn: "urn:pulumi:dev::istio-lab::c::install", type: "command:local:Command", inputs: { environment } };
  const machine = { [MADE_VARIABLE]: JSON.stringify({ kind: "container", name: "istio-lab-dev-forum-vm" }) };
  const vm = { urn: "urn:pulumi:dev::istio-lab::c::vm", type: step.type, inputs: { environment: machine } };
  cli.addStack("dev", checkpoint(ACCESS, [step, vm, ...resources]));
  vi.stubEnv("ISTIO_LAB_STATE", cli.state);
  vi.stubEnv("ISTIO_LAB_CACHE", `${cli.folder}/cache`);
  const session = openSession("dev");
  const options: SuiteOptions = {
    signal: new AbortController().signal,
    onResult: () => undefined,
    losses: lossesOf(session),
    // Two tries, and no time in truth.
    clock: new TestClock(100),
  };
  return { cli, options, workstation: workstationOf(ACCESS, session.env) };
}

beforeEach(() => {
  vi.stubEnv("ISTIO_LAB_BACKEND", "");
});

async function failed(kubectl: string, run = KUBECTL, docker?: string) {
  const { options, workstation } = standing(kubectl, docker);
  const { outcome, actual, repair } = await runCheck(check(run), "istiod-ready", workstation, options);
  return [outcome, actual, repair];
}

const RAW = 'exit code 1\nError from server (NotFound): deployments.apps "istiod" not found';
const HEAL = "npm run lab -- heal";

describe("a check that fails because something of the lab is gone", () => {
  it("names that in one line and what recreates it, without kubectl's words", async () => {
    const left = NAMES.slice(1);
    expect(await failed(clusterWith(left))).toEqual(["fail", "gone: Deployment istio-system/istiod", HEAL]);
  });

  it("names the first few of many, as after istioctl uninstall", async () => {
    const [, actual] = await failed(clusterWith([]));
    expect(actual).toBe(
      "gone: Deployment istio-system/istiod, Deployment istio-system/istio-ingressgateway, Deployment istio-system/istio-eastwestgateway, Deployment istio-system/istio-cni and 1 more",
    );
  });

  it("shows besides what else its command has said", async () => {
    const [, actual] = await failed(clusterWith(NAMES.slice(1)), `echo 503; ${KUBECTL}`);
    expect(actual).toBe("gone: Deployment istio-system/istiod\nexit code 1\n503");
  });

  it("shows the line to paste, whole", async () => {
    const { options, workstation } = standing(clusterWith(NAMES.slice(1)));
    const result = await runCheck(check(KUBECTL), "istiod-ready", workstation, options);
    const lines = describeResult(result, { isLive: false, hasColour: false, columns: 60 }).split("\n");
    expect(lines).toContain("    actual    gone: Deployment istio-system/istiod");
    expect(lines).toContain(`    repair    ${HEAL}`);
  });

  it("is asked for once, however many checks fail", async () => {
    const { cli, options, workstation } = standing(clusterWith([]));
    for (let time = 0; time < 3; time++) {
      await runCheck(check("false"), "istiod-ready", workstation, options);
    }
    expect(cli.calls().filter((call) => call.startsWith("kubectl"))).toHaveLength(1);
  });

  it("may be a scenario's, in its precondition, its change and its restore", async () => {
    const { options, workstation } = standing(clusterWith(NAMES.slice(1)));
    const on = "workstation";
    const scenario = (inTheWay: string): Scenario => ({
      name: "scaled",
      shows: "",
      precondition: { wanted: "", inTheWay: { on, run: inTheWay } },
      change: { on, run: KUBECTL },
      checks: [],
      restore: { on, run: KUBECTL },
      afterwards: [],
    });
    const results = [
      ...(await runScenario(scenario(KUBECTL), workstation, options)),
      ...(await runScenario(scenario("true"), workstation, options)),
    ];
    expect(results.map(({ name, actual, repair }) => [name, actual, repair])).toEqual(
      ["precondition", "change", "restore"].map((step) => [
        `scaled/${step}`,
        "gone: Deployment istio-system/istiod",
        HEAL,
      ]),
    );
  });
});

const NODE = "k3s-s-control-plane";
const VM = "istio-lab-dev-forum-vm";

/** Docker with those states of the stack's containers, and a node that says so of its services. */
const docker = (state: string, services = "") => `case "$1" in
exec) printf '${services}' ;;
*) ${dockerWith("dev").replaceAll('"running"', `"${state}"`)} ;;
esac`;

describe("a check that fails because something of the lab does not run as it was made", () => {
  const rest = NAMES.slice(1);
  const istiod = running("Deployment", "istio-system", "istiod");
  const cordoned = {
    ...{ kind: "Node", metadata: { name: NODE }, spec: { unschedulable: true } },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  };
  it.each([
    [
      "a Deployment that is scaled down",
      clusterWith(rest, { ...istiod, spec: { replicas: 0 } }),
      docker("running"),
      "Deployment istio-system/istiod is scaled to 0 of 1 replicas",
    ],
    [
      "a Deployment whose pods are not ready",
      clusterWith(rest, { ...istiod, status: {} }),
      docker("running"),
      "Deployment istio-system/istiod has 0 of 1 replicas available",
    ],
    [
      "a cordoned node",
      clusterWith(NAMES, cordoned),
      docker("running"),
      `Node ${NODE} is cordoned: no pod is put on it`,
    ],
    [
      "a service of a node that is stopped",
      clusterWith(NAMES),
      docker("running", "kubelet is inactive\\n"),
      `kubelet is inactive on the node ${NODE}`,
    ],
    ["a container that is paused", "exit 1", docker("paused"), `container ${VM} is paused`],
  ])("names it in one line and the line that repairs it: %s", async (_what, kubectl, engine, said) => {
    const result = await failed(kubectl, "echo 503; exit 22", engine);
    expect(result).toEqual(["fail", `${said}\nexit code 22\n503`, HEAL]);
  });

  it("names a namespace that has lost its label", async () => {
    const namespace = { kind: "Namespace", metadata: { name: "istioinaction", labels: {} } };
    const provider = { urn: "urn:p", type: "pulumi:providers:kubernetes", inputs: { clusterIdentifier: "k3s-s" } };
    const made = {
      urn: "urn:n",
      type: "kubernetes:core/v1:Namespace",
      provider: "urn:p::id",
      inputs: {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "istioinaction", labels: { "istio-injection": "enabled" } },
      },
    };
    const { options, workstation } = standing(clusterWith(NAMES, namespace), undefined, [provider, made]);
    const { actual, repair } = await runCheck(check("false"), "istiod-ready", workstation, options);
    expect([actual, repair]).toEqual([
      "Namespace istioinaction has lost the label istio-injection=enabled\nexit code 1",
      HEAL,
    ]);
  });

  it("names what the user has edited", async () => {
    const istiod = running("Deployment", "istio-system", "istiod");
    const managedFields = [
      { manager: "istio-operator", operation: "Apply" },
      { manager: "kubectl-edit", operation: "Update" },
    ];
    const edited = { ...istiod, metadata: { ...istiod.metadata, managedFields } };
    expect(await failed(clusterWith(NAMES.slice(1), edited), "false")).toEqual([
      "fail",
      "edited by kubectl-edit: Deployment istio-system/istiod\nexit code 1",
      HEAL,
    ]);
  });

  it("names a container that is off its network", async () => {
    const name = "istio-lab-dev-k3s-s-control-plane";
    const environment = { [MADE_VARIABLE]: JSON.stringify({ kind: "container", name }), NETWORK: "net" };
    const node = { urn: "urn:pulumi:dev::istio-lab::c::node", type: "command:local:Command", inputs: { environment } };
    const network = JSON.stringify(["net", "dev", STATE_ID, "/somewhere", "", "id"]);
    const docker = `${dockerWith("dev")}; case "$*" in "network ls"*) echo '${network}' ;; esac`;
    const { options, workstation } = standing(clusterWith(NAMES), docker, [node]);
    const { actual } = await runCheck(check("false"), "istiod-ready", workstation, options);
    expect(actual).toBe(`container ${name} is not on the network net\nexit code 1`);
  });

  it("names what is gone first, in a line of its own", async () => {
    const [, actual] = await failed(clusterWith(rest, cordoned));
    expect(actual).toBe(`gone: Deployment istio-system/istiod\nNode ${NODE} is cordoned: no pod is put on it`);
  });
});

describe("a check that fails for another reason", () => {
  it.each([
    ["nothing is gone", clusterWith(NAMES), undefined],
    [
      "the cluster does not say",
      "echo 'Error from server (NotFound): deployments.apps \"istiod\" not found' >&2; exit 1",
      undefined,
    ],
    ["the engine does not answer", clusterWith([]), "echo 'Cannot connect' >&2; exit 1"],
  ])("shows what its command has said: %s", async (_, kubectl, docker) => {
    expect(await failed(kubectl, KUBECTL, docker)).toEqual(["fail", RAW, undefined]);
  });
});
