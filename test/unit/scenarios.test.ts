import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { CheckCommand, CheckSuite, Scenario } from "../../infra/core/check";
import { unmet } from "../../lab/cli/verify/expectation";
import { multiClusterCheckSuite } from "../../lab/multicluster/checks";
import { multiClusterRepairs } from "../../lab/multicluster/repairs";
import type { LabOutputs } from "../../lab/program/outputs";
import { trafficFlowCheckSuite } from "../../lab/traffic-flow/checks";
import { trafficFlowRepairs } from "../../lab/traffic-flow/repairs";
import { vmCheckSuite } from "../../lab/vm/checks";
import { vmRepairs } from "../../lab/vm/repairs";
import { FakeBin } from "../support/fake-bin";
import { loginOf, TO_HOST } from "../support/login";

const outputs: LabOutputs = {
  lab: "vm",
  platform: "local",
  versions: {},
  urls: ["webapp", "simple-backend", "nginx"].map((name) => ({
    ...{ name, url: "http://127.0.0.1:31000/", host: `${name}.io`, curl: "", shows: "" },
  })),
  clusters: ["west", "east"].map((name) => ({ name, context: `kind-${name}`, kubeconfigFile: "/k", gateways: [] })),
  hosts: ["forum-vm", "web-vm"].map((name) => ({
    ...{ name, address: "192.168.10.200", login: loginOf(name), workloadEntry: `forum-services/${name}` },
  })),
  network: { name: "n", cidr: "192.168.10.0/24", loadBalancerPool: "", note: "" },
  unavailable: [],
  nextSteps: [],
};

const suites: readonly (readonly [string, CheckSuite])[] = [
  ["vm", vmCheckSuite(outputs)],
  ["multicluster", multiClusterCheckSuite(outputs)],
  ["traffic-flow", trafficFlowCheckSuite(outputs)],
];
const all = suites.flatMap(([lab, { scenarios }]) => scenarios.map((one) => [`${lab} ${one.name}`, one] as const));
const named = (name: string): Scenario => {
  const found = all.find(([title]) => title === name)?.[1];
  expect(found, name).toBeDefined();
  return found!;
};

/** Runs a check's command with fake programs, as verify runs it. */
function run(command: CheckCommand, programs: Readonly<Record<string, string>>) {
  const { ssh } = programs;
  const bin = new FakeBin({ ...programs, ...(ssh === undefined ? {} : { ssh: `${TO_HOST}${ssh}` }) });
  const { status, stdout } = spawnSync("bash", ["-euo", "pipefail", "-c", command.run], {
    env: bin.environment,
    encoding: "utf8",
  });
  return { exitCode: status, lines: stdout.split("\n").filter((line) => line !== ""), calls: bin.calls() };
}

/** What a cluster answers that has the user's objects, of which kubectl prints a line each. */
const listing = (...objects: readonly string[]) =>
  `for word in "$@"; do case "$word" in istio-system | istioinaction | forum-services | default) namespace=$word ;; esac; done
case "$*" in *"--selector !istio-lab.verify"*) printf '%s\\n' ${objects.map((one) => `'${one.includes("|") ? one : `${one}|kubectl-create`}'`).join(" ")} | grep " $namespace/" || true ;; esac`;

describe("a scenario of verify", () => {
  it.each(all)("%s creates objects of its own names only, and takes none of another name away", (_title, scenario) => {
    const { change, restore } = scenario;
    const manifests = [...change.run.matchAll(/ create --filename - <<'MANIFEST'\n([\s\S]*?)\nMANIFEST/g)];
    const objects = manifests.flatMap(([, text = ""]) => parseAllDocuments(text).map((one) => one.toJS() as Created));
    expect(change.run).not.toMatch(/ (apply|replace|patch|delete|edit) /);
    expect(objects.filter(({ metadata }) => !/^istio-lab-verify(-|$)/.test(metadata.name))).toEqual([]);
    expect(objects.filter(({ metadata }) => metadata.labels["istio-lab.verify"] !== "true")).toEqual([]);
    const { calls } = run(restore, { kubectl: "true", ssh: "true" });
    for (const call of calls.filter((one) => one.includes(" delete "))) {
      expect(call).toContain(" --selector istio-lab.verify ");
    }
  });

  it.each(suites)("of %s has commands that are bash, as they stand", (_lab, { observations, scenarios }) => {
    const clues = observations.flatMap(({ clue }) => clue ?? []);
    const parts = scenarios.flatMap(({ precondition, change, restore }) => [precondition.inTheWay, change, restore]);
    for (const { run: text } of [...clues, ...parts]) {
      expect(() => execFileSync("bash", ["--norc", "-n", "-c", text], { stdio: "pipe" }), text).not.toThrow();
    }
  });

  it.each([
    ["vm strict-mutual-tls", ["PeerAuthentication istio-system/default STRICT"], [""]],
    ["vm strict-mutual-tls", ["PeerAuthentication forum-services/mine "], [""]],
    ["vm strict-mutual-tls", ["PeerAuthentication default/of-another-exercise STRICT"], []],
    ["vm caller-identity", ["AuthorizationPolicy istioinaction/deny-all "], [""]],
    ["traffic-flow plain-port", ["PeerAuthentication default/default STRICT"], [""]],
    ["traffic-flow plain-port", ["PeerAuthentication default/example-workload-policy |pulumi-kubernetes-a1b2"], []],
    ["traffic-flow plain-port", ["PeerAuthentication default/example-workload-policy "], [""]],
    ["multicluster without-locality", ["DestinationRule istio-system/mine "], [" in kind-west"]],
    ["multicluster peer-identities", ["AuthorizationPolicy istioinaction/mine "], [" in kind-west", " in kind-east"]],
    [
      "multicluster only-the-ingress-gateway",
      ["AuthorizationPolicy istioinaction/allow-only-ingress |pulumi-kubernetes-a1b2 kubectl-edit"],
      [],
    ],
  ])("%s with the user's %j is left out: %j", (name, objects, places) => {
    const { exitCode, lines } = run(named(name).precondition.inTheWay, { kubectl: listing(...objects), ssh: "true" });
    const what = objects[0]?.trim() ?? "";
    expect([exitCode, lines]).toEqual([0, places.map((place) => `${what}${place}, which the lab did not make`)]);
  });

  it.each(all)("%s has commands to paste that are no scripts of the lab's own", (_title, scenario) => {
    const { precondition, change, restore } = scenario;
    const pasted = [precondition.inTheWay, change, restore].map(({ run: text, paste }) => paste ?? text);
    expect(pasted.filter((text) => text.includes("#!/"))).toEqual([]);
  });

  it("that cannot tell whether something of the user's is there fails", () => {
    const { exitCode } = run(named("vm strict-mutual-tls").precondition.inTheWay, { kubectl: "exit 1", ssh: "true" });
    expect(exitCode).toBe(1);
  });

  it.each([
    ["nothing, if forum runs everywhere", "echo active", 0, []],
    [
      "the VM on which the user has stopped it",
      '[ "$1" = forum-vm ] && echo active || { echo inactive; exit 3; }',
      0,
      ["forum on web-vm is inactive"],
    ],
    ["no more than a failure, if a VM does not answer", "exit 255", 255, []],
  ])("that stops forum tells %s", (_what, ssh, wanted, said) => {
    // As a host does: the line goes to a shell there, in which systemctl is the fake.
    const remote = `systemctl() { ${ssh}; }; host=$1; shift; set -- "$host" "$*"; line=$2; set -- "$host"; (systemctl "$host"); code=$?; [[ $line != *"|| true" || $code = 255 ]] || code=0; exit $code`;
    const { exitCode, lines } = run(named("vm forum-stopped").precondition.inTheWay, { ssh: remote });
    expect([exitCode, lines]).toEqual([wanted, said]);
  });

  it.each([
    ["that the user has set", "ERROR_RATE=0.5", ["ERROR_RATE=0.5 in deployment/simple-backend-west"], []],
    ["of its own", "ERROR_RATE=1", ["ERROR_RATE=1 in deployment/simple-backend-west"], ["ERROR_RATE-"]],
    ["that is not there", "", [], []],
  ])("that makes a backend fail finds an ERROR_RATE %s, and takes away its own only", (_what, value, said, taken) => {
    const kubectl = `case "$*" in *" get deployment/simple-backend-west "*) [ -z "${value}" ] || echo "${value}" ;; esac`;
    const { precondition, restore } = named("multicluster failover");
    expect(run(precondition.inTheWay, { kubectl }).lines).toEqual(said);
    const { exitCode, calls } = run(restore, { kubectl });
    expect([exitCode, calls.flatMap((call) => / set env \S+ (.*)$/.exec(call)?.[1] ?? [])]).toEqual([0, taken]);
  });
});

/** What heal looks at. */
const repairs = [...vmRepairs(outputs), ...multiClusterRepairs(outputs), ...trafficFlowRepairs(outputs)].map(
  ({ wanted }) => [`heal ${wanted.name}`, wanted] as const,
);

/** All that verify checks. */
const checks = suites.flatMap(([lab, { observations, scenarios }]) =>
  [...observations, ...scenarios.flatMap((one) => [...one.checks, ...one.afterwards])].map(
    (one) => [`${lab} ${one.name}`, one] as const,
  ),
);

describe("a check that does not hold", () => {
  it.each([...checks, ...repairs])(
    "says what it wants in words, and not as a pattern: %s",
    (_name, { expect: wanted }) => {
      const problems = unmet(wanted, { exitCode: 0, stdout: "STALE", stderr: "", timedOut: false });
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.join(" and ")).not.toMatch(/matches|\\|\^|\$\/|\[/);
    },
  );
});

describe("an ERROR_RATE that the user has left in a backend", () => {
  const kubectl = `case "$*" in *" get deployment/simple-backend-west "*) echo ERROR_RATE=1 ;; esac`;
  const said = ["ERROR_RATE=1 in deployment/simple-backend-west"];

  it("is named by the check that its calls fail, with the command that removes it", () => {
    const { obstacle } = checks.find(([name]) => name === "multicluster calls-stay-in-west")![1];
    expect(run(obstacle!.find, { kubectl })).toMatchObject({ exitCode: 0, lines: said });
    expect(run(obstacle!.find, { kubectl: "true" })).toMatchObject({ exitCode: 0, lines: [] });
    expect(run(obstacle!.remedy!, { kubectl }).calls).toEqual([
      "kubectl --namespace istioinaction set env deployment/simple-backend-west ERROR_RATE-",
    ]);
  });

  it.each(["without-locality", "failover"])("is why the scenario %s is left out", (name) => {
    const { inTheWay } = named(`multicluster ${name}`).precondition;
    expect(run(inTheWay, { kubectl })).toMatchObject({ exitCode: 0, lines: said });
    const east = kubectl.replace("west", "east");
    expect(run(inTheWay, { kubectl: east }).lines).toEqual(["ERROR_RATE=1 in deployment/simple-backend-east"]);
  });
});

describe("a service of a VM that does not run", () => {
  // As the script on the VM says it.
  const ssh = (said: string) => `[ "$1" != forum-vm ] || printf '%s\\n' ${said}`;

  it.each([
    ["that the user has stopped", "'forum is dead'", ["forum is stopped on forum-vm"]],
    ["the sidecar", "'istio is failed'", ["istio is failed on forum-vm"]],
    ["whose rules are gone", "'istio is bypassed: no chain'", ["istio is bypassed: no chain on forum-vm"]],
    ["both", "'istio is dead' 'forum is dead'", ["istio is stopped on forum-vm", "forum is stopped on forum-vm"]],
    ["that starts", "'istio is start-pre'", []],
    ["of a VM that starts", "starting", []],
  ])("is named by the checks that fail because of it, and conflicts with STRICT: %s", (_what, said, lines) => {
    const programs = { ssh: ssh(said), kubectl: "true" };
    for (const name of [
      "forum-vm-workload-entry",
      "forum-vm-plain-request",
      "users-through-ingress",
      "vm-is-forum-sa",
    ]) {
      const { obstacle } = checks.find(([one]) => one === `vm ${name}`)![1];
      expect(run(obstacle!.find, programs), name).toMatchObject({ exitCode: 0, lines });
      expect(obstacle!.remedy).toBeUndefined();
    }
    expect(run(named("vm strict-mutual-tls").precondition.inTheWay, programs)).toMatchObject({ exitCode: 0, lines });
  });

  it("is not looked for if a VM does not answer", () => {
    const { obstacle } = checks.find(([name]) => name === "vm forum-vm-synced")![1];
    expect(run(obstacle!.find, { ssh: "exit 255" })).toMatchObject({ exitCode: 255, lines: [] });
  });
});

describe("a check that an object of the user's makes fail", () => {
  it.each([
    ["vm", "forum-vm-plain-request", "PeerAuthentication istio-system/default STRICT", ""],
    ["vm", "users-through-ingress", "AuthorizationPolicy istioinaction/deny-all ", ""],
    ["traffic-flow", "requests-enter-on-15006", "PeerAuthentication default/default STRICT", ""],
    ["traffic-flow", "nginx-through-node-port", "AuthorizationPolicy default/mine ", ""],
    ["multicluster", "catalog-through-ingress", "AuthorizationPolicy istio-system/mine ", " in kind-west"],
    ["traffic-flow", "nginx-through-node-port", "VirtualService default/mine ", ""],
    ["vm", "users-through-ingress", "DestinationRule istioinaction/mine ", ""],
  ])("in %s, %s, names it: %s", (lab, name, object, place) => {
    const suite = suites.find(([one]) => one === lab)?.[1];
    const clue = suite?.observations.find((check) => check.name === name)?.clue;
    expect(clue).toBeDefined();
    const { lines } = run(clue!, { kubectl: listing(object) });
    expect(lines).toContain(`${object.trim()}${place}, which the lab did not make`);
  });

  it("names no WorkloadEntry that istiod has made for a VM", () => {
    const clue = suites
      .find(([one]) => one === "vm")?.[1]
      .observations.find((one) => one.name === "forum-vm-plain-request");
    const entries = ["forum-vm |pilot-discovery pilot-discovery", "mine |kubectl-client-side-apply"];
    const kubectl = listing(...entries.map((entry) => `WorkloadEntry forum-services/${entry}`));
    expect(run(clue!.clue!, { kubectl }).lines).toEqual([
      "WorkloadEntry forum-services/mine, which the lab did not make",
    ]);
  });
});

interface Created {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}
