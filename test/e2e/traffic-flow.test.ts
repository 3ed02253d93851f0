import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TraceReport } from "../../lab/cli/trace/report";
import {
  expectHopsVisible,
  expectNodeOpens,
  expectPrintsOpen,
  expectSelfContained,
  openPage,
} from "../support/browser";
import { HostileLab } from "../support/hostile-lab";
import { failed, hostState, type HostState, type UpReport, type Verdict } from "../support/lab";
import { claimed, openedOnWire } from "../support/wire";

/** What `heal --json` prints. */
interface Healing {
  readonly failed: readonly unknown[];
}

const lab = new HostileLab("e2e-flow");
// Beside labs that the developer may have standing.
const portBase = "portBase=32600";
const node = "istio-lab-e2e-flow-myk8s-control-plane";
const client = "istio-lab-e2e-flow-testpc";
// Not the kubelet's probes, which come from the first address of the pods' network.
const SYN =
  "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn and (port 30000 or port 8080 or port 80) and not src host 10.10.0.1";
let before: HostState;

const docker = (...words: string[]) => execFileSync("docker", words, { encoding: "utf8", timeout: 60_000 });
const kubectl = async (...words: string[]) => {
  const run = await lab.run("exec", ["myk8s", "kubectl", ...words]);
  expect(run.exitCode, run.stderr).toBe(0);
  return run.stdout;
};
const apply = async (manifest: object) => {
  const text = JSON.stringify(manifest).replaceAll("'", "'\\''");
  const run = await lab.run("exec", ["myk8s", "bash", "-c", `kubectl apply --filename - <<<'${text}'`]);
  expect(run.exitCode, run.stderr).toBe(0);
};

/** `trace FROM TO`: exit code 0 if the request was answered, else 1; 15 s or more is a hang, however busy the machine is. */
async function trace(from: string, to: string, ...words: string[]): Promise<TraceReport> {
  const run = await lab.run("trace", [from, to, "--json", ...words]);
  expect(run.stdout, run.stderr).not.toBe("");
  const report = JSON.parse(run.stdout) as TraceReport;
  expect(run.exitCode, JSON.stringify(report.outcome)).toBe(report.outcome.ok ? 0 : 1);
  expect(run.seconds).toBeLessThan(15);
  return report;
}

const kinds = ({ hops }: TraceReport) => hops.map(({ kind }) => kind);
const facts = ({ hops }: TraceReport, kind: string) =>
  Object.fromEntries(
    hops.filter((hop) => hop.kind === kind).flatMap((hop) => hop.facts.map(({ label, value }) => [label, value])),
  );

/** The process id, on the node, of something in the first pod with this label. */
async function processOf(app: string): Promise<string> {
  const uid = await kubectl("get", "pods", "--selector", `app=${app}`, "--output", "jsonpath={.items[0].metadata.uid}");
  const pattern = `pod${uid.trim().replaceAll("-", "[-_]")}`;
  const file = docker("exec", node, "bash", "-c", `grep -lE '${pattern}' /proc/[0-9]*/cgroup 2>/dev/null | head -n 1`);
  return file.trim().split("/")[2] ?? "";
}

/** A capture of the test's own, which knows nothing of the trace's. */
class Capture {
  private text = "";
  private readonly child: ChildProcess;
  private readonly listening: Promise<void>;

  public constructor(words: readonly string[]) {
    const tcpdump = ["timeout", "60", "tcpdump", "-i", "any", "-nn", "-tt", "-l", "--immediate-mode", SYN];
    this.child = spawn("docker", ["exec", node, ...words, ...tcpdump], { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout!.setEncoding("utf8").on("data", (part: string) => (this.text += part));
    this.listening = new Promise((resolve) => {
      this.child.stderr!.setEncoding("utf8").on("data", (part: string) => {
        if (part.includes("listening on")) resolve();
      });
    });
  }

  public async ready(): Promise<void> {
    await this.listening;
  }

  /** Ends all captures and gives what they printed. */
  public static async end(captures: readonly Capture[]): Promise<readonly string[]> {
    const closed = captures.map(({ child }) => new Promise((resolve) => child.on("close", resolve)));
    docker("exec", node, "pkill", "-f", "tcpdump -i any -nn -tt -l");
    await Promise.all(closed);
    return captures.map(({ text }) => text);
  }
}

/** What a trace could leave behind on the machines of the lab. */
async function labState(): Promise<unknown> {
  const pid = await processOf("deploy-websrv");
  const rules = (...words: string[]) =>
    docker("exec", node, ...words, "iptables-save", "--table", "nat")
      .split("\n")
      .filter((line) => line.startsWith("-A"));
  return {
    objects: (await kubectl("get", "all,peerauthentications,virtualservices,gateways", "-A", "-o", "name")).split("\n"),
    rules: [rules(), rules("nsenter", "-t", pid, "-n")],
    captures: [node, client].map((name) => docker("exec", name, "bash", "-c", "pgrep -c tcpdump || true").trim()),
    files: [node, client].map((name) => docker("exec", name, "ls", "/tmp")),
    logLevels: docker("exec", node, "nsenter", "-t", pid, "-n", "curl", "-sX", "POST", "localhost:15000/logging"),
  };
}

beforeAll(() => {
  before = hostState();
  lab.lowerLimits();
});

afterAll(async () => {
  await lab.cleanUp();
});

describe("the traffic-flow lab, on a machine of somebody with other projects", () => {
  it("is built by one command", async () => {
    const run = await lab.run("up", ["traffic-flow", "-c", portBase]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toContain("npm run lab -- trace --stack e2e-flow testpc nginx");
  });

  it.each([1, 2, 3])("shows every observation of the study notes, time %d, and puts back what it changes", async () => {
    const verdict = await lab.json<Verdict>("verify");
    expect([failed(verdict), verdict.exitCode]).toEqual([[], 0]);
    expect(verdict.results.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "nginx-sees-127.0.0.6",
        "tracing-knows-services",
        "requests-enter-on-15006",
        "plain-port/refused-without",
      ]),
    );
  });

  it("shows them, too, if a student has changed the default namespace of its kubeconfig", async () => {
    const choose = (name: string) => kubectl("config", "set-context", "--current", "--namespace", name);
    await choose("istio-system");
    expect(failed(await lab.json<Verdict>("verify"))).toEqual([]);
    await choose("default");
  });

  it("has nothing to change when it is built again", async () => {
    const { changes } = await lab.json<UpReport>("up");
    expect(Object.keys(changes)).toEqual(["same"]);
  });
});

describe("the trace of a request", () => {
  it("from testpc to nginx shows the notes' hops in order, as an independent capture has them", async () => {
    const pid = await processOf("deploy-websrv");
    const counters = () => docker("exec", node, "nsenter", "-t", pid, "-n", "iptables-save", "-c", "-t", "nat");
    const redirected = () => Number(/^\[(\d+):\d+\] -A ISTIO_IN_REDIRECT /m.exec(counters())?.[1]);
    const [wire, inPod] = [new Capture([]), new Capture(["nsenter", "-t", pid, "-n"])];
    await Promise.all([wire.ready(), inPod.ready()]);
    const count = redirected();
    const report = await trace("testpc", "nginx");
    const moved = redirected() - count;
    const seen = await Capture.end([wire, inPod]);
    expect(kinds(report)).toEqual([
      ...["client", "node-nat", "envoy-gateway", "iptables-inbound", "envoy-inbound"],
      ...["iptables-loopback", "application", "response"],
    ]);
    expect(claimed(report)).toEqual(openedOnWire(...seen));
    expect(facts(report, "iptables-inbound")["NAT rules"]).toContain(`ISTIO_IN_REDIRECT → REDIRECT 15006 +${moved}`);
    expect(moved).toBeGreaterThan(0);
  });

  it("tells who calls, which user owns the sockets, and what the application sees", async () => {
    const report = await trace("testpc", "nginx");
    const namespace = "spiffe://cluster.local/ns";
    expect(facts(report, "envoy-inbound")).toMatchObject({
      process: "envoy, uid 1337",
      "caller's SPIFFE id": `${namespace}/istio-system/sa/istio-ingressgateway-service-account`,
      "own SPIFFE id": `${namespace}/default/sa/kans-nginx`,
      SNI: "outbound_.80_._.svc-clusterip.default.svc.cluster.local",
      cluster: "inbound|80||",
    });
    expect(facts(report, "node-nat")["source"]).toBe("kept: the client's own address");
    expect(facts(report, "envoy-gateway")).toMatchObject({
      VirtualService: expect.stringContaining("nginx-service") as string,
    });
    expect(facts(report, "iptables-loopback")["socket"]).toBe("envoy, uid 1337");
    const address = (await lab.outputs()).hosts[0]!.address;
    expect(facts(report, "application")).toMatchObject({
      "sees as its peer": "127.0.0.6",
      "X-Forwarded-For": address,
      "own log": expect.stringMatching(new RegExp(`^127\\.0\\.0\\.6 .* "${address}"$`)) as string,
    });
  });

  it("from sidecar to sidecar shows both ends of it", async () => {
    const report = await trace("productpage", "reviews");
    expect(kinds(report)).toEqual([
      ...["client", "iptables-outbound", "envoy-outbound", "iptables-leaving", "iptables-inbound", "envoy-inbound"],
      ...["iptables-loopback", "application", "response"],
    ]);
    expect(facts(report, "iptables-outbound")["NAT rules"]).toContain("ISTIO_REDIRECT → REDIRECT 15001 +");
    expect(facts(report, "iptables-leaving")["NAT rules"]).toMatch(/^ISTIO_OUTPUT → RETURN \+\d+$/);
  });

  it("to a server outside the mesh passes Envoy by the PassthroughCluster, and leaves the node by its address", async () => {
    const report = await trace("nginx-pod", "testpc");
    expect(kinds(report)).toEqual([
      ...["client", "iptables-outbound", "envoy-outbound", "iptables-leaving", "node-nat", "application", "response"],
    ]);
    expect(facts(report, "envoy-outbound")).toMatchObject({ cluster: "PassthroughCluster" });
    const { address } = (await lab.outputs()).hosts[0]!;
    expect(facts(report, "application")["sees as its peer"]).toBe(address.replace(/\d+$/, "2"));
  });

  it("leaves nothing changed, also if it is killed while it runs", async () => {
    const state = await labState();
    await trace("testpc", "nginx");
    expect(await labState()).toEqual(state);
    await lab.run("trace", ["testpc", "nginx"], async (pid) => {
      await new Promise((resolve) => setTimeout(resolve, 1200));
      process.kill(pid, "SIGKILL");
    });
    await expect.poll(labState, { timeout: 45_000, interval: 1000 }).toEqual(state);
  });
});

describe("the trace of a request that fails", () => {
  it("for want of a route ends at the gateway: 404 NR", async () => {
    const { outcome, hops } = await trace("testpc", "nginx", "--host", "nobody.example.test");
    expect(outcome).toMatchObject({ ok: false, status: 404, failedAt: 3 });
    expect(outcome.reason).toMatch(/^404 NR route_not_found/);
    expect(hops[2]?.kind).toBe("envoy-gateway");
  });

  it("for want of a healthy endpoint ends at the gateway: 503 UH", async () => {
    await kubectl("scale", "deployment/deploy-websrv", "--replicas", "0");
    await kubectl("wait", "--for", "delete", "pod", "--selector", "app=deploy-websrv", "--timeout", "60s");
    await expect
      .poll(async () => (await trace("testpc", "nginx")).outcome, { timeout: 30_000 })
      .toMatchObject({
        status: 503,
        failedAt: 3,
        reason: expect.stringMatching(/^503 UH no_healthy_upstream/) as string,
      });
    await kubectl("scale", "deployment/deploy-websrv", "--replicas", "1");
    await kubectl("rollout", "status", "deployment/deploy-websrv", "--timeout", "60s");
  });

  it("in plain text although mutual TLS is required ends at the sidecar: connection reset", async () => {
    const metadata = { name: "strict", namespace: "default" };
    const apiVersion = "security.istio.io/v1beta1";
    await apply({ apiVersion, kind: "PeerAuthentication", metadata, spec: { mtls: { mode: "STRICT" } } });
    await expect
      .poll(
        async () => {
          const { outcome, hops } = await trace("myk8s", "nginx");
          return [outcome.status, hops.find(({ number }) => number === outcome.failedAt)?.kind, outcome.reason];
        },
        { timeout: 30_000 },
      )
      .toEqual([0, "envoy-inbound", expect.stringMatching(/filter_chain_not_found.*connection reset/) as string]);
    expect((await trace("testpc", "nginx")).outcome.status).toBe(200);
    await kubectl("delete", "peerauthentication", "strict", "--namespace", "default");
  });
});

describe("the page of a trace", () => {
  it("opens in a browser without an error or a request, with every hop and its evidence", async () => {
    const file = join(lab.folder, "trace.html");
    const report = await trace("testpc", "nginx", "--html", file);
    const page = await openPage(file);
    try {
      await expectHopsVisible(page, report.hops.length);
      await expectNodeOpens(page, 4);
      await expectPrintsOpen(page);
      expectSelfContained(page);
    } finally {
      await page.close();
    }
  });
});

describe("a restart of the node and the client", () => {
  it("is repaired by heal, or by itself", async () => {
    docker("restart", node, client);
    expect((await lab.json<Healing>("heal")).failed).toEqual([]);
    expect(failed(await lab.json<Verdict>("verify"))).toEqual([]);
  });
});

describe("another network of pods", () => {
  it("replaces the cluster, which verifies again, but not before the user has agreed", async () => {
    const words = ["-c", "podCidr=10.11.0.0/16", "-c", "plainPort=true"];
    const refused = await lab.run("up", words);
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining(
        `stack ${lab.stack}: this removes container istio-lab-${lab.stack}-myk8s-control-plane, with all that was done there; continue?`,
      ),
    ]);
    const up = await lab.run("up", [...words, "--yes"]);
    expect(up.exitCode, up.stderr).toBe(0);
    expect(failed(await lab.json<Verdict>("verify"))).toEqual([]);
    const report = await trace("testpc", "nginx-pod");
    expect(kinds(report).slice(-4)).toEqual(["envoy-inbound", "iptables-loopback", "application", "response"]);
    expect(report.hops.find(({ kind }) => kind === "iptables-inbound")).toMatchObject({ security: "plain" });
  });
});

describe("what a traffic-flow lab leaves", () => {
  it("is nothing", async () => {
    const run = await lab.run("destroy", ["--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(hostState()).toEqual(before);
    expect([lab.stateFiles(), lab.processes()]).toEqual([[], []]);
  });
});
