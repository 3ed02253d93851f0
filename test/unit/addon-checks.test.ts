import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { addonChecks } from "../../lab/shared/addon-checks";
import { unmet } from "../../lab/cli/verify/expectation";
import type { LabOutputs } from "../../lab/program/outputs";
import { trafficFlowCheckSuite } from "../../lab/traffic-flow/checks";
import { vmCheckSuite } from "../../lab/vm/checks";
import { testServer } from "../support/test-server";
import { loginOf } from "../support/login";

/** What an add-on answers, by path; another path is a 404. */
type Answers = Readonly<Record<string, unknown>>;

/** Starts an add-on. */
async function answering(answers: Answers): Promise<string> {
  const { url } = await testServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://host");
    const answer = answers[pathname];
    // What Jaeger does not know it answers with its page.
    if (answer === undefined) response.writeHead(pathname.startsWith("/jaeger") ? 200 : 404).end("not here");
    else response.end(JSON.stringify(answer));
  });
  return url;
}

const subjects = {
  ...{ source: "13", scraped: "all", proxies: 4, calls: "true", namespaces: ["istio-system", "istioinaction"] },
  services: ["webapp.istioinaction", "catalog.istioinaction", "forum.forum-services"],
};

/** What does not hold of an add-on that answers so. */
async function verdict(name: string, answers: Answers, calls = "true"): Promise<readonly string[]> {
  const isJaeger = Object.keys(answers).some((path) => path.startsWith("/jaeger"));
  const url = (await answering(answers)) + (isJaeger ? "/jaeger" : "");
  const [check] = addonChecks([{ name, url }], { ...subjects, calls });
  const bash = promisify(execFile)("bash", ["-euo", "pipefail", "-c", check!.command.run]);
  const answer = await bash.then(
    ({ stdout }) => ({ exitCode: 0, stdout }),
    (error: unknown) => {
      const { code, stdout } = error as { code: number; stdout: string };
      return { exitCode: code, stdout };
    },
  );
  return unmet(check!.expect, { ...answer, stderr: "", timedOut: false });
}

const counted = (numbers: Readonly<Record<string, number>>) => ({
  "/api/v1/query": {
    status: "success",
    data: {
      resultType: "vector",
      result: Object.entries(numbers).map(([what, number]) => ({ metric: { what }, value: [1.5, String(number)] })),
    },
  },
});
const dashboards = (...names: string[]) => ({
  "/api/search": names.map((name) => ({ uid: "a", title: name, url: "/d/a", type: "dash-db" })),
});
const istios = ["Performance", "Mesh", "Control Plane", "Workload", "Service"].map((name) => `Istio ${name} Dashboard`);
const namespaces = (...names: string[]) => ({
  "/kiali/api/namespaces": names.map((name) => ({ name, cluster: "Kubernetes" })),
});
const { services } = subjects;
const others = ["istio-ingressgateway.istio-system", "jaeger-all-in-one"];

describe("the check of an add-on", () => {
  it.each<readonly [title: string, name: string, answers: Answers]>([
    ["every proxy is scraped", "prometheus", counted({ proxies: 4, istiod: 1, prometheus: 1 })],
    [
      "more proxies are scraped than there are in the notes",
      "prometheus",
      counted({ proxies: 12, istiod: 1, prometheus: 1 }),
    ],
    ["Istio's dashboards are there", "grafana", dashboards("A board of mine", ...istios)],
    ["the lab's namespaces are shown, and others", "kiali", namespaces("default", "istioinaction", "istio-system")],
    ["Zipkin knows the services", "tracing", { "/api/v2/services": [...services, ...others] }],
    ["Jaeger knows the services", "tracing", { "/jaeger/api/services": { data: [...others, ...services], total: 5 } }],
    ["it answers", "kube-ops-view", { "/health": "OK" }],
  ])("passes if %s (%s)", async (_, name, answers) => {
    expect(await verdict(name, answers)).toEqual([]);
  });

  it.each<readonly [title: string, name: string, answers: Answers]>([
    ["a proxy is not scraped", "prometheus", counted({ proxies: 3, istiod: 1, prometheus: 1 })],
    ["istiod is not scraped", "prometheus", counted({ proxies: 4, prometheus: 1 })],
    ["it does not answer", "prometheus", {}],
    ["it has no dashboard at all", "grafana", { "/api/search": [] }],
    [
      "one of Istio's dashboards is missing",
      "grafana",
      dashboards(...istios.filter((name) => !name.includes("Workload"))),
    ],
    ["it has boards of others", "grafana", dashboards(...istios.map((name) => `Copy of ${name}`))],
    ["it does not see a namespace", "kiali", namespaces("istio-system", "istioinaction2")],
    ["it does not answer", "kiali", {}],
    ["Zipkin has heard nothing of the VM", "tracing", { "/api/v2/services": services.slice(0, 2) }],
    ["Jaeger has heard nothing but itself", "tracing", { "/jaeger/api/services": { data: ["jaeger-all-in-one"] } }],
    [
      "a service has the name of another namespace",
      "tracing",
      { "/api/v2/services": [...services.slice(0, 2), "forum.default"] },
    ],
    ["it does not answer", "tracing", {}],
    ["it does not answer", "kube-ops-view", {}],
  ])("fails if %s (%s)", async (_, name, answers) => {
    expect(await verdict(name, answers)).not.toEqual([]);
  });

  it("of tracing fails if its calls fail: services of an earlier call say nothing", async () => {
    expect(await verdict("tracing", { "/api/v2/services": services }, "false")).not.toEqual([]);
  });
});

const outputs: LabOutputs = {
  ...{ lab: "vm", platform: "local", versions: {}, unavailable: [], nextSteps: [] },
  urls: ["webapp", "nginx", "productpage", "prometheus", "grafana", "kiali", "tracing", "kube-ops-view"].map(
    (name) => ({
      ...{ name, url: `http://127.0.0.1:1/${name}`, host: `${name}.io`, curl: "", shows: "" },
    }),
  ),
  clusters: [{ name: "k3s-s", context: "kind-k3s-s", kubeconfigFile: "/k", gateways: [] }],
  hosts: [
    { name: "forum-vm", address: "192.168.10.200", login: loginOf("a"), workloadEntry: "forum-services/forum-vm" },
  ],
  network: { name: "n", cidr: "192.168.10.0/24", loadBalancerPool: "", note: "" },
};

describe.each([
  ["vm", vmCheckSuite, ["webapp.istioinaction", "catalog.istioinaction", "forum.forum-services"]],
  ["traffic-flow", trafficFlowCheckSuite, ["productpage.default", "reviews.default", "ratings.default"]],
] as const)("verify of the %s lab", (_, suite, services) => {
  const checks = (served: LabOutputs) => suite(served).observations.map(({ name }) => name);
  const names = [
    ...["prometheus-scrapes", "grafana-dashboards", "kiali-namespaces", "tracing-knows-services"],
    "kube-ops-view-answers",
  ];

  it("checks each add-on that is there, and no other", () => {
    expect(checks(outputs)).toEqual(expect.arrayContaining(names));
    const without = { ...outputs, urls: outputs.urls.filter(({ name }) => name !== "grafana") };
    expect(names.filter((name) => !checks(without).includes(name))).toEqual(["grafana-dashboards"]);
  });

  it("calls its own services before it asks tracing for them", () => {
    const check = suite(outputs).observations.find(({ name }) => name === "tracing-knows-services")!;
    expect(check.command.run.indexOf("curl")).toBeLessThan(check.command.run.indexOf("/api/v2/services"));
    expect(unmet(check.expect, { exitCode: 0, stdout: services.join("\n"), stderr: "", timedOut: false })).not.toEqual(
      [],
    );
    const all = [...services, "istio-ingressgateway.istio-system", "details.default"].sort().join("\n");
    expect(unmet(check.expect, { exitCode: 0, stdout: all, stderr: "", timedOut: false })).toEqual([]);
  });
});
