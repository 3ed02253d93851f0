import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cacheFolder } from "../../infra/core/paths";
import type { TraceReport } from "../../lab/cli/trace/report";
import { HostileLab } from "../support/hostile-lab";
import { failed, hostState, TestLab, type HostState, type LabRun, type UpReport, type Verdict } from "../support/lab";
import { stopEngine } from "../support/stop-engine";

/** What `heal --json` prints. */
interface Healing {
  readonly repaired: readonly { readonly name: string }[];
  readonly failed: readonly unknown[];
}

const lab = new HostileLab("e2e-mesh");
// Its name is how the other one begins.
const beside = new TestLab("e2e");
// Beside labs that the developer may have standing; each cluster takes another hundred.
const portBase = "portBase=32400";
let before: HostState;
let firstUp: LabRun;

const node = (cluster: string) => `istio-lab-e2e-mesh-${cluster}-control-plane`;
/** Only an engine of the toolchain's own may be stopped under whoever uses this machine. */
const ownEngine = existsSync(join(cacheFolder(), "engine", "dockerd.pid"));

async function expectVerified(one: TestLab): Promise<readonly string[]> {
  const verdict = await one.json<Verdict>("verify");
  expect([failed(verdict), verdict.exitCode]).toEqual([[], 0]);
  return verdict.results.map(({ name }) => name);
}

beforeAll(() => {
  before = hostState();
  lab.lowerLimits();
});

afterAll(async () => {
  await beside.cleanUp();
  await lab.cleanUp();
});

describe("the multicluster lab, on a machine of somebody with other projects", () => {
  it("is built by one command", async () => {
    firstUp = await lab.run("up", ["multicluster", "-c", portBase]);
    expect(firstUp.exitCode, firstUp.stderr).toBe(0);
  });

  it.each([1, 2, 3])("shows every observation of the study notes, time %d, and puts back what it changes", async () => {
    expect(await expectVerified(lab)).toEqual(
      expect.arrayContaining(["west-sees-east", "east-sees-west", "same-root", "failover/another-cluster-answers"]),
    );
  });

  it("has nothing to change when it is built again", async () => {
    const { changes } = await lab.json<UpReport>("up");
    expect(Object.keys(changes)).toEqual(["same"]);
  });

  it("runs commands with the kubeconfig of the cluster that is named", async () => {
    const runs = await Promise.all(
      ["west", "east"].map((name) => lab.run("exec", [name, "kubectl", "get", "nodes", "-o", "name"])),
    );
    expect(runs.map(({ stdout }) => stdout.trim())).toEqual([`node/${node("west")}`, `node/${node("east")}`]);
  });
});

describe("the trace of a call from one cluster to the other", () => {
  it("shows both nodes, and the gateway that passes it on by its SNI", async () => {
    const { hops, outcome } = await lab.json<TraceReport>("trace", ["webapp", "catalog"]);
    expect(outcome).toMatchObject({ ok: true, status: 200 });
    expect(hops.map(({ kind }) => kind)).toEqual([
      ...["client", "iptables-outbound", "envoy-outbound", "iptables-leaving", "node-nat", "node-nat"],
      ...["envoy-gateway", "iptables-inbound", "envoy-inbound", "iptables-loopback", "application", "response"],
    ]);
    const gateway = hops.find(({ kind }) => kind === "envoy-gateway");
    expect(gateway?.security).toBe("mTLS");
    expect(gateway?.destination).toMatch(/:15443$/);
    expect(gateway?.facts).toContainEqual({
      label: "SNI",
      value: "outbound_.80_._.catalog.istioinaction.svc.cluster.local",
    });
    const sidecar = hops.find(({ kind }) => kind === "envoy-inbound");
    expect(sidecar?.facts).toContainEqual({
      label: "caller's SPIFFE id",
      value: "spiffe://cluster.local/ns/istioinaction/sa/webapp",
    });
  });
});

describe("the keys of the mesh's CAs", () => {
  it("are in no output of the command, in no state in plain, and in no file", async () => {
    const read = ["kubectl", "-n", "istio-system", "get", "secret", "cacerts", "-o", "jsonpath={.data.ca-key\\.pem}"];
    const { stdout } = await lab.run("exec", ["west", ...read]);
    const key = Buffer.from(stdout, "base64").toString("utf8").split("\n")[1] ?? "";
    expect(key.length).toBe(64);
    const forms = [key, Buffer.from(key).toString("base64").slice(4, 60), stdout.slice(60, 120)];
    const files = lab.stateFiles().map((file) => join(lab.stateFolder, file));
    const texts = files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, "utf8"));
    expect(texts.length).toBeGreaterThan(5);
    const everything = [...texts, firstUp.stdout, firstUp.stderr].join("\n");
    expect(forms.filter((form) => everything.includes(form))).toEqual([]);
  });
});

describe("a lab beside another of a longer name", () => {
  it("stands, and goes, without a trace on the other one", async () => {
    const withMesh = hostState();
    const up = await beside.run("up", ["vm", "-c", "portBase=32700"]);
    expect(up.exitCode, up.stderr).toBe(0);
    await expectVerified(beside);
    await expectVerified(lab);
    const destroy = await beside.run("destroy", ["--yes"]);
    expect(destroy.exitCode, destroy.stderr).toBe(0);
    expect(hostState()).toEqual(withMesh);
    await expectVerified(lab);
  });
});

describe("a restart", () => {
  it("of the nodes is repaired by heal, or by itself", async () => {
    execFileSync("docker", ["restart", node("west"), node("east")], { stdio: "ignore" });
    expect((await lab.json<Healing>("heal")).failed).toEqual([]);
    await expectVerified(lab);
  });

  it("of one node after the other, which gives them each other's address, is repaired by heal", async () => {
    execFileSync("docker", ["stop", "--time", "5", node("west"), node("east")], { stdio: "ignore" });
    execFileSync("docker", ["start", node("east")], { stdio: "ignore" });
    const { repaired, failed: left } = await lab.json<Healing>("heal");
    expect([repaired.map(({ name }) => name), left]).toEqual([[node("west")], []]);
    await expectVerified(lab);
  });

  it.runIf(ownEngine)("of the Docker daemon is repaired by heal, which starts it", async () => {
    await stopEngine(cacheFolder());
    const { repaired, failed: left } = await lab.json<Healing>("heal");
    expect([repaired[0]?.name, left]).toEqual(["docker-engine", []]);
    await expectVerified(lab);
  });
});

describe("a third cluster", () => {
  it("joins by configuration alone, and every pair sees each other", async () => {
    const clusters = JSON.stringify(["west", "east", "north"].map((name) => ({ name })));
    const up = await lab.run("up", ["-c", `clusters=${clusters}`]);
    expect(up.exitCode, up.stderr).toBe(0);
    const pairs = ["west-sees-north", "north-sees-west", "east-sees-north", "north-sees-east"];
    expect(await expectVerified(lab)).toEqual(expect.arrayContaining(pairs));
  });
});

describe("what a multicluster lab leaves", () => {
  it("is nothing", async () => {
    const run = await lab.run("destroy", ["--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(hostState()).toEqual(before);
    expect([lab.stateFiles(), lab.processes()]).toEqual([[], []]);
  });
});
