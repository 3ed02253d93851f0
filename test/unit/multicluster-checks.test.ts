import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readManifest } from "../../infra/cluster/manifest-file";
import type { Check, CheckCommand, CheckSuite } from "../../infra/core/check";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { unmet } from "../../lab/cli/verify/expectation";
import { multiClusterByHand } from "../bench/multicluster/by-hand";
import { countAnswers, meshOf } from "../../lab/multicluster/check-commands";
import { multiClusterCheckSuite } from "../../lab/multicluster/checks";
import { multiClusterRepairs } from "../../lab/multicluster/repairs";
import type { LabOutputs } from "../../lab/program/outputs";
import { changed } from "../support/changed";
import { FakeBin } from "../support/fake-bin";
import { testServer } from "../support/test-server";
import { loginOf } from "../support/login";

function outputsOf(names: readonly string[]): LabOutputs {
  return {
    lab: "multicluster",
    platform: "local",
    versions: {},
    urls: [
      ["webapp", "/api/catalog"],
      ["simple-backend", "/"],
    ].map(([name = "", path]) => {
      const [url, host] = [`http://127.0.0.1:31000${path}`, `${name}.istioinaction.io`];
      return { name, url, host, curl: "", shows: "" };
    }),
    clusters: names.map((name, index) => ({
      name,
      context: `kind-istio-lab-test-${name}`,
      kubeconfigFile: `/state/${name}`,
      gateways: [
        { name: "istio-ingressgateway", address: `172.18.255.${index + 1}01` },
        { name: "istio-eastwestgateway", address: `172.18.255.${index + 1}02` },
      ],
    })),
    hosts: [{ name: "mypc", address: "172.18.0.100", login: loginOf("mypc") }],
    network: { name: "n", cidr: "172.18.0.0/16", loadBalancerPool: "", note: "" },
    unavailable: [],
    nextSteps: [],
  };
}

const two = outputsOf(["west", "east"]);
const three = outputsOf(["west", "east", "north"]);

const checksOf = ({ observations, scenarios }: CheckSuite): Check[] => [
  ...observations,
  ...scenarios.flatMap(({ checks, afterwards }) => [...checks, ...afterwards]),
];
const commandsOf = (suite: CheckSuite): CheckCommand[] => [
  ...checksOf(suite).map(({ command }) => command),
  ...checksOf(suite).flatMap(({ clue }) => clue ?? []),
  ...suite.scenarios.flatMap(({ precondition, change, restore }) => [precondition.inTheWay, change, restore]),
];

function checkNamed(outputs: LabOutputs, name: string): Check {
  const found = checksOf(multiClusterCheckSuite(outputs)).find((check) => check.name === name);
  expect(found, name).toBeDefined();
  return found!;
}

/** What a command calls of a kubectl that finds nothing. */
function callsOf({ run: text }: CheckCommand): string[] {
  const bin = new FakeBin({ kubectl: "true" });
  execFileSync("bash", ["--norc", "-euo", "pipefail", "-c", text], { env: bin.environment });
  return bin.calls();
}

const DELETES = / delete \S+ --selector istio-lab\.verify --ignore-not-found$/;

/** Whether a check takes an answer. */
const takes = (check: Check, stdout: string) =>
  unmet(check.expect, { exitCode: 0, stdout, stderr: "", timedOut: false }).length === 0;

describe.each([
  ["two clusters", two],
  ["three clusters", three],
])("the multicluster lab's checks for %s", (_title, outputs) => {
  const suite = multiClusterCheckSuite(outputs);
  const names = outputs.clusters.map(({ name }) => name);

  it("have names of their own, in kebab case", () => {
    const observations = suite.observations.map(({ name }) => name);
    const inScenarios = suite.scenarios.flatMap((scenario) =>
      [...scenario.checks, ...scenario.afterwards].map(({ name }) => `${scenario.name}/${name}`),
    );
    const all = [...observations, ...suite.scenarios.map(({ name }) => name), ...inScenarios];
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\/[a-z0-9]+(-[a-z0-9]+)*)?$/.test(name))).toEqual([]);
  });

  it("look from every cluster at every other one", () => {
    const seen = suite.observations.map(({ name }) => name).filter((name) => name.includes("-sees-"));
    const pairs = names.flatMap((name) => names.filter((one) => one !== name).map((one) => `${name}-sees-${one}`));
    expect(seen).toEqual(pairs);
  });

  it("run where the lab has something to run them, with all values in place", () => {
    const contexts = outputs.clusters.map(({ context }) => context);
    for (const command of commandsOf(suite)) {
      expect(command.run).not.toMatch(/undefined|\[object|NaN|http:\/\/\//);
      expect([...names, "mypc", undefined]).toContain(
        command.on === "cluster" ? command.cluster : command.on === "host" ? command.host : undefined,
      );
      if (command.on === "workstation" && /kubectl|istioctl|CONTEXTS=/.test(command.run)) {
        expect(contexts.some((context) => command.run.includes(context))).toBe(true);
      }
    }
  });

  it("are bash, as they stand", () => {
    const commands = [
      ...commandsOf(suite),
      ...multiClusterRepairs(outputs).flatMap((one) => [one.wanted.command, one.repair]),
    ];
    for (const { run } of commands) {
      expect(() => execFileSync("bash", ["--norc", "-n", "-c", run], { stdio: "pipe" }), run).not.toThrow();
    }
  });

  it("put back, if they change something, and look whether all is as before", () => {
    expect(suite.scenarios.map(({ name }) => name)).toEqual([
      "without-locality",
      "failover",
      "peer-identities",
      "only-the-ingress-gateway",
    ]);
    for (const { change, restore, checks, afterwards } of suite.scenarios) {
      expect(checks.length).toBeGreaterThan(0);
      expect(afterwards.length).toBeGreaterThan(0);
      const applied = change.run.match(/create --filename/g)?.length ?? 0;
      const calls = callsOf(restore);
      expect(calls.filter((call) => DELETES.test(call))).toHaveLength(applied);
      expect(change.run.match(/istio-lab\.verify: "true"/g)?.length ?? 0).toBe(applied);
      expect(restore).toMatchObject({ ...change, run: restore.run });
    }
  });

  it("say what they show and where the notes have it", () => {
    for (const { shows, source, deadlineSeconds } of checksOf(suite)) {
      expect(shows).toMatch(/^\S.*[^.]$/);
      expect(source).toMatch(/^12 \S/);
      expect(deadlineSeconds).toBeGreaterThan(0);
    }
  });

  it("become repairs: discovery in every cluster, then the way between them", () => {
    const repairs = multiClusterRepairs(outputs);
    expect(repairs.map(({ done }) => done)).toEqual([
      ...names.map((name) => `istiod of ${name} was restarted`),
      "the east-west gateways were restarted",
    ]);
    const rollout = outputs.clusters.flatMap(({ context }) =>
      ["restart deployment/istio-eastwestgateway", "status deployment/istio-eastwestgateway --timeout 100s"].map(
        (words) => `kubectl --context ${context} --namespace istio-system rollout ${words}`,
      ),
    );
    expect(callsOf(repairs.at(-1)!.repair)).toEqual(rollout);
  });
});

it("needs the outputs of this lab", () => {
  expect(() => multiClusterCheckSuite({ ...two, urls: [] })).toThrow("these outputs have west, east");
});

const remote = (...rows: readonly string[]) =>
  ["NAME             SECRET                                              STATUS     ISTIOD", ...rows].join("\n");
const OWN = "west-cluster                                                         synced     istiod-5d8f-x2k4l";
const EAST = "east-cluster     istio-system/istio-remote-secret-east-cluster       synced     istiod-5d8f-x2k4l";
const NORTH = "north-cluster    istio-system/istio-remote-secret-north-cluster      synced     istiod-5d8f-x2k4l";
const CERTIFICATE = `issuer=CN = west.intermediate.istio.in.action
X509v3 Subject Alternative Name: critical
    URI:spiffe://cluster.local/ns/istioinaction/sa/simple-backend`;
const FINGERPRINT = `sha256 Fingerprint=${Array.from({ length: 32 }, () => "A1").join(":")}`;
const CATALOG = "catalog.istioinaction.svc.cluster.local";
const endpoint = (address: string, status = "HEALTHY") =>
  `${address}     ${status}     OK                outbound|80||${CATALOG}`;
const log = (status: string, sni = `outbound_.80_._.${CATALOG}`) =>
  `[2026-11-24T10:00:00.000Z] "GET /items HTTP/1.1" ${status} - via_upstream - "-" 0 502 1 0 "172.18.0.1" "beegoServer" "6f2d-id" "catalog.istioinaction:80" "10.20.0.9:3000" inbound|3000|| 127.0.0.6:4 10.20.0.9:3000 10.20.0.7:5 ${sni} default`;
const RULE = "rule: destinationrule.networking.istio.io/simple-backend-dr\n";

describe("what a check takes for an answer", () => {
  it.each<[string, boolean, string]>([
    ["west-sees-east", true, remote(OWN, EAST)],
    ["west-sees-east", true, `${remote(EAST, OWN)}\n${NORTH}     default`],
    ["west-sees-east", false, remote(OWN, changed(EAST, "synced ", "timeout"))],
    ["west-sees-east", false, remote(OWN)],
    ["west-sees-east", false, remote(OWN, changed(EAST, /^east/, "south-east"))],
    ["west-control-plane-ready", true, "istio-eastwestgateway=1\nistio-ingressgateway=1\nistiod=1"],
    ["west-control-plane-ready", false, "istio-eastwestgateway=\nistio-ingressgateway=1\nistiod=1"],
    [
      "west-gateway-addresses",
      true,
      "istio-ingressgateway LoadBalancer 172.18.255.101\nistio-eastwestgateway LoadBalancer 172.18.255.102\n",
    ],
    [
      "west-gateway-addresses",
      false,
      "istio-ingressgateway NodePort \nistio-eastwestgateway LoadBalancer 172.18.255.102",
    ],
    [
      "west-gateway-addresses",
      false,
      "istio-ingressgateway LoadBalancer 172.18.255.102\nistio-eastwestgateway LoadBalancer 172.18.255.101",
    ],
    ["west-certificate", true, CERTIFICATE],
    ["west-certificate", true, changed(CERTIFICATE, "CN = ", "CN=")],
    ["west-certificate", false, changed(CERTIFICATE, "west.", "east.")],
    ["west-certificate", false, changed(CERTIFICATE, "sa/simple-backend", "sa/default")],
    ["west-certificate", false, changed(CERTIFICATE, "CN = west", "O = cluster.local")],
    ["same-root", true, `      2 ${FINGERPRINT}\n      2 subject=CN = root.istio.in.action`],
    ["same-root", true, `   2 ${changed(FINGERPRINT, "sha", "SHA")}\n   2 subject=CN=root.istio.in.action`],
    ["same-root", false, `      1 ${FINGERPRINT}\n      1 subject=CN = root.istio.in.action`],
    [
      "same-root",
      false,
      `      1 ${FINGERPRINT}\n      1 ${changed(FINGERPRINT, "A1", "B2")}\n      2 subject=CN = root.istio.in.action`,
    ],
    ["same-root", false, `      2 ${FINGERPRINT}\n      2 subject=O = cluster.local`],
    ["catalog-endpoint", true, endpoint("172.18.255.202:15443")],
    ["catalog-endpoint", false, endpoint("172.18.255.201:15443")],
    ["catalog-endpoint", false, endpoint("172.18.255.202:15443", "UNHEALTHY")],
    ["catalog-endpoint", false, `${endpoint("10.10.0.7:3000")}\n${endpoint("172.18.255.202:15443")}`],
    ["catalog-sni-cluster", true, `outbound_.80_._.${CATALOG}     -     -     -     EDS`],
    ["catalog-sni-cluster", false, `${CATALOG}     80     -     outbound     EDS`],
    ["mypc-calls-webapp", true, "200"],
    ["mypc-calls-webapp", false, "000"],
    ["answered-by-east", true, log("200")],
    ["answered-by-east", false, log("503")],
    ["answered-by-east", false, log("200", "-")],
    ["calls-stay-in-west", true, `${RULE}     20 200\n     20 Hello from WEST`],
    ["calls-stay-in-west", false, `${RULE}     20 200\n      3 Hello from EAST\n     17 Hello from WEST`],
    ["calls-stay-in-west", false, `${RULE}     19 200\n      1 503\n     19 Hello from WEST`],
    ["calls-stay-in-west", true, "rule: none\n     20 200\n      9 Hello from EAST\n     11 Hello from WEST"],
    ["calls-stay-in-west", false, "rule: none\n     19 200\n      1 503\n     19 Hello from WEST"],
    ["clusters-take-turns", true, "     40 200\n     22 Hello from EAST\n     18 Hello from WEST"],
    ["clusters-take-turns", false, "     40 200\n     40 Hello from WEST"],
    ["clusters-take-turns", false, "     40 200\n     22 Hello from WEST\n     18 Hello from MARS"],
    ["another-cluster-answers", true, "     10 200\n     10 Hello from EAST"],
    ["another-cluster-answers", false, "     10 200\n      9 Hello from EAST\n      1 Hello from WEST"],
    ["another-cluster-answers", false, "      9 200\n      1 500\n      9 Hello from EAST"],
    ["west-is-ejected", true, `${RULE}10.10.0.13:8080 FAILED\n172.18.255.202:15443 OK`],
    ["west-is-ejected", true, "rule: none\n10.10.0.13:8080 OK\n172.18.255.202:15443 OK"],
    ["west-is-ejected", false, `${RULE}10.10.0.13:8080 OK\n172.18.255.202:15443 OK`],
    ["west-is-ejected", false, `${RULE}10.10.0.13:8080 FAILED\n172.18.255.202:15443 FAILED`],
    ["west-is-ejected", false, `${RULE}10.10.0.13:8080 FAILED`],
    ["netshoot-as-before", true, " 200"],
    ["netshoot-as-before", true, "authorizationpolicy.security.istio.io/allow-only-ingress 403"],
    ["netshoot-as-before", false, " 403"],
    ["netshoot-as-before", false, "authorizationpolicy.security.istio.io/allow-only-ingress 200"],
    ["others-are-forbidden", false, "200"],
  ])("%s: %s for %j", (name, wanted, stdout) => {
    expect(takes(checkNamed(two, name), stdout)).toBe(wanted);
  });

  it("lets any other cluster answer for one that fails, if there are several", () => {
    const check = checkNamed(three, "another-cluster-answers");
    expect(takes(check, "     10 200\n      4 Hello from EAST\n      6 Hello from NORTH")).toBe(true);
    expect(takes(check, "     10 200\n      4 Hello from NORTH\n      6 Hello from WEST")).toBe(false);
  });

  it("wants a cluster to see all others, if it is to be repaired", () => {
    const [west] = multiClusterRepairs(three);
    expect(takes(west!.wanted, remote(OWN, NORTH, EAST))).toBe(true);
    expect(takes(west!.wanted, remote(OWN, EAST))).toBe(false);
  });
});

/** Answers as simple-backend does, in turns with every status and body given. */
function answering(answers: readonly (readonly [status: number, body: string])[]) {
  let calls = 0;
  return testServer((_request, response) => {
    const [status = 200, body = ""] = answers[calls++ % answers.length] ?? [];
    response.writeHead(status, { "Content-Type": "application/json" }).end(body);
  });
}

const run = promisify(execFile);

describe("counting answers", () => {
  const hello = (place: string) =>
    JSON.stringify({ name: "simple-backend", body: `Hello from ${place}`, code: 200 }, null, 2);

  it.each<[string, readonly (readonly [number, string])[], string]>([
    ["one cluster", [[200, hello("WEST")]], "20 200|20 Hello from WEST"],
    [
      "two clusters and a failure",
      [
        [200, hello("WEST")],
        [500, '{ "code": 500 }'],
        [200, hello("EAST-2")],
        [200, hello("WEST")],
      ],
      "15 200|5 500|5 Hello from EAST-2|10 Hello from WEST",
    ],
  ])("tells %s", async (_title, answers, wanted) => {
    const { url } = await answering(answers);
    const mesh = meshOf(two);
    const command = countAnswers({ ...mesh, backend: { ...mesh.backend, url: `${url}/` } }, 20);
    const { stdout, stderr } = await run("bash", ["--norc", "-euo", "pipefail", "-c", command]);
    // Not even curl's progress meter.
    expect(stderr).toBe("");
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.trim())
        .join("|"),
    ).toBe(wanted);
  });
});

describe("the multicluster lab by hand", () => {
  const manifest = {
    images: {},
    files: { metallbManifest: "/metallb.yaml" },
    upstreamEnvoy: true,
    restrictedKernel: false,
  } as unknown as ToolchainManifest;
  const { script, definitions, environment } = multiClusterByHand(manifest);
  const project = join(__dirname, "..", "..");
  const text = readFileSync(join(project, script), "utf8");

  it("brings every file that the script reads", () => {
    const read = [...text.matchAll(/\$FOLDER\/([a-z-]+)-\$1\.yaml/g)].map((match) => match[1]!);
    const wanted = read.flatMap((name) => [`${name}-west.yaml`, `${name}-east.yaml`]);
    expect(Object.keys(definitions).sort()).toEqual([...new Set(wanted)].sort());
  });

  it("gives the script every variable that it says it wants, and no other", () => {
    const names = [...text.matchAll(/\b[A-Z][A-Z_]{3,}\b/g)].map(([name]) => name);
    for (const name of Object.keys(environment)) {
      expect(names).toContain(name);
    }
  });

  it("deploys manifests that are there, and every one of the lab", () => {
    const deployed = [...text.matchAll(/^ {2}deploy (west|east) (.*)$/gm)].flatMap((match) => match[2]!.split(" "));
    const folders = [environment["MANIFESTS"]!, environment["SHARED_MANIFESTS"]!];
    for (const name of deployed) {
      const file = folders.map((folder) => join(folder, `${name}.yaml`)).find((one) => existsSync(one));
      expect(file, name).toBeDefined();
      expect(readManifest(file!, { cluster: "west", CLUSTER: "WEST" }).length).toBeGreaterThan(0);
    }
    expect(new Set(deployed).size).toBe(10);
  });

  it("keeps the notes' addresses, in a network of its own", () => {
    expect(definitions["pool-west.yaml"]).toMatchObject({
      items: [{ spec: { addresses: ["172.27.255.101-172.27.255.120"] } }, {}],
    });
    expect(JSON.stringify(definitions["east-west-east.yaml"])).toContain("172.27.255.202");
    expect(JSON.stringify(definitions["kind-east.yaml"])).toContain('"hostPort":31508');
  });
});
