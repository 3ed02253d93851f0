import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TraceReport } from "../../lab/cli/trace/report";
import type { LabOutputs } from "../../lab/program/outputs";
import { AwsTestLab } from "../support/aws-test-lab";
import { containerMachines } from "../support/aws/machines/index";
import { failed, hostState, TestLab, type HostState, type LabRun, type UpReport, type Verdict } from "../support/lab";

let lab: AwsTestLab;
let before: HostState;

/** What a stop keeps. */
const placesOf = async () => {
  const { hosts, urls } = await lab.outputs();
  return { hosts: hosts.map(({ name, address, login }) => [name, address, login]), urls: urls.map(({ url }) => url) };
};
const isGreen = async () => {
  const verdict = await lab.json<Verdict>("verify");
  return [failed(verdict), verdict.exitCode, verdict.results.length];
};
const GREEN = [[], 0, 23];
/** The resources that a run has made, changed or removed, in the order of their ends. */
const stepsOf = ({ stderr }: LabRun) =>
  [...stderr.matchAll(/^\s+[\d.]+ s {2}([-+~]) (\S+)/gm)].map(([, sign = "", name = ""]) => `${sign} ${name}`);
const ofHost = (sign: string, name: string) => (step: string) => step === `${sign} vm-members-forum-vm-${name}`;

beforeAll(async () => {
  before = hostState();
  lab = await AwsTestLab.create("e2e-aws");
}, 900_000);

afterAll(async () => {
  await lab.cleanUp();
});

describe("a vm lab on AWS that cannot be", () => {
  it("is refused with every mistake at once, and AWS is asked nothing", async () => {
    const mistakes = {
      publicSubnet1Cidr: "10.1.0.0/24",
      availabilityZone1: "us-east-1a",
      ingressCidr: "0.0.0.0/0",
      ttlHours: "0",
      clusterInstanceType: "t4g.small",
    };
    const run = await lab.run("up", lab.configWith(mistakes));
    expect(run.exitCode).toBe(1);
    const blamed = [...run.stderr.matchAll(/^\s*istio-lab:(\w+): /gm)].map(([, key]) => key);
    expect([...new Set(blamed)].sort()).toEqual(Object.keys(mistakes).sort());
    expect(lab.account.calls()).toEqual([]);
  });

  it("is refused without credentials, with what repairs it", async () => {
    const nobody = new TestLab("e2e-aws", lab.folder);
    nobody.checkout = lab.checkout;
    const absent = { AWS_SHARED_CREDENTIALS_FILE: "/nowhere", AWS_CONFIG_FILE: "/nowhere" };
    Object.assign(process.env, absent);
    try {
      const run = await nobody.run("up", lab.config);
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toContain("istio-lab:platform: aws needs credentials, and none were found: ");
      expect(run.stderr).toContain("run: aws configure, or set AWS_PROFILE");
    } finally {
      Object.keys(absent).forEach((name) => Reflect.deleteProperty(process.env, name));
    }
    expect(lab.account.calls()).toEqual([]);
  });

  it("is refused before anything is made if the region has no such image", async () => {
    const run = await lab.run("up", lab.configWith({ amiParameter: "/istio-lab/other" }));
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      expect.stringContaining(
        "istio-lab:amiParameter: /istio-lab/other is not in region ap-northeast-2; choose a region that has it, or the name of a parameter that is there",
      ),
    ]);
    expect(lab.account.changes()).toEqual([]);
  });
});

describe("a preview of the vm lab on AWS", () => {
  it("shows the notes' resources and nothing else, and makes nothing", async () => {
    // A backend of its own: a plain pulumi makes no stack that the command line would not know.
    const backend = { PULUMI_BACKEND_URL: `file://${lab.folder}`, PULUMI_CONFIG_PASSPHRASE: "preview" };
    const run = (words: readonly string[]) => lab.pulumi([...words, "--stack", "preview"], backend);
    await run(["stack", "init"]);
    const config = lab.config.map((word) => (word === "-c" ? word : `istio-lab:${word}`));
    const { steps } = JSON.parse(await run(["preview", "--json", ...config])) as {
      steps: { op: string; newState: { type: string } }[];
    };
    expect(steps.filter(({ op }) => op !== "create").map(({ newState }) => newState.type)).toEqual([]);
    const types = steps.map(({ newState }) => newState.type).filter((type) => type.startsWith("aws:"));
    expect([...new Set(types)].sort().map((type) => [type, types.filter((each) => each === type).length])).toEqual([
      ["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", 1],
      ["aws:ec2/eip:Eip", 2],
      ["aws:ec2/eipAssociation:EipAssociation", 2],
      ["aws:ec2/instance:Instance", 2],
      ["aws:ec2/internetGateway:InternetGateway", 1],
      ["aws:ec2/keyPair:KeyPair", 1],
      ["aws:ec2/networkInterface:NetworkInterface", 2],
      ["aws:ec2/routeTable:RouteTable", 1],
      ["aws:ec2/routeTableAssociation:RouteTableAssociation", 2],
      ["aws:ec2/securityGroup:SecurityGroup", 1],
      ["aws:ec2/subnet:Subnet", 2],
      ["aws:ec2/vpc:Vpc", 1],
      ["aws:ec2transitgateway/instanceState:InstanceState", 2],
      ["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", 1],
      ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", 6],
    ]);
    expect(lab.account.changes()).toEqual([]);
  });
});

describe("the vm lab on AWS", () => {
  it("is built by one command, at the notes' addresses", async () => {
    const run = await lab.run("up", lab.config);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toContain("cost: about 0.2515 USD an hour, 0.0175 while stopped");
    expect((await lab.outputs()).hosts.map(({ name, address }) => [name, address])).toEqual([
      ["k3s-s", "192.168.10.10"],
      ["forum-vm", "192.168.10.200"],
    ]);
  });

  it("shows every observation that the local lab shows", async () => {
    expect(await isGreen()).toEqual(GREEN);
  });

  it("has nothing to change when it is built again", async () => {
    const { changes } = await lab.json<UpReport>("up");
    expect(Object.keys(changes)).toEqual(["same"]);
  });

  it("can be traced: from the VM by the east-west gateway of k3s-s to a pod", async () => {
    const { hops, outcome } = await lab.json<TraceReport>("trace", ["forum-vm", "webapp"]);
    expect([outcome.status, hops.some(({ kind }) => kind === "envoy-gateway")]).toEqual([200, true]);
  });

  it("tags everything, and says in the tag when it ends", async () => {
    const { expiry } = await lab.json<LabOutputs>("inspect");
    const hours = (Date.parse(expiry?.at ?? "") - Date.now()) / 3_600_000;
    expect([hours > 7.5 && hours <= 8, expiry?.action]).toEqual([true, "stop"]);
    // A VPC has a route table of its own, which nobody uses.
    const resources = (await lab.account.resources()).filter(
      ({ type, tags }) => type !== "route-table" || Object.keys(tags).length > 0,
    );
    const wrong = resources.filter(
      ({ tags }) =>
        tags["project"] !== "istio-lab" ||
        tags["stack"] !== "e2e-aws" ||
        tags["lab"] !== "vm" ||
        tags["owner"] !== "tester" ||
        tags["expiry"] !== expiry?.at,
    );
    expect([resources.length > 20, wrong.map(({ arn }) => arn)]).toEqual([true, []]);
  });

  it("lets another time to live be set without touching a machine", async () => {
    const run = await lab.run("up", ["-c", "ttlHours=24"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(stepsOf(run).filter((step) => !step.startsWith("~"))).toEqual([]);
    expect((await lab.instance("forum-vm")).tags["expiry"]).toBe((await lab.outputs()).expiry?.at);
  });
});

describe("instances of the lab", () => {
  it("stop and start, keep their addresses, and are in the mesh again with a fresh token", async () => {
    const places = await placesOf();
    const token = async () =>
      (await lab.run("exec", ["forum-vm", "sudo", "cat", "/etc/istio/tokens/istio-token"])).stdout;
    const oldToken = await token();
    const stopped = await lab.run("stop");
    expect(stopped.exitCode, stopped.stderr).toBe(0);
    expect((await lab.account.instances()).map(({ state }) => state)).toEqual(["stopped", "stopped"]);
    const started = await lab.run("start");
    expect(started.exitCode, started.stderr).toBe(0);
    expect(await placesOf()).toEqual(places);
    expect([oldToken.length > 100, (await token()) === oldToken]).toEqual([true, false]);
    expect(await isGreen()).toEqual(GREEN);
  });

  it("get another type in place: they are waited for, and no other step runs", async () => {
    const old = await lab.instance("forum-vm");
    const vms = JSON.stringify([{ name: "forum-vm", instanceType: "t3.medium" }]);
    const run = await lab.run("up", ["-c", `vms=${vms}`]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(stepsOf(run)).toEqual(["~ vm-members-forum-vm-host-instance", "~ vm-members-forum-vm-host-ready"]);
    const now = await lab.instance("forum-vm");
    expect([now.id, now.instanceType]).toEqual([old.id, "t3.medium"]);
    expect(await isGreen()).toEqual(GREEN);
  });

  it("that somebody has terminated are recreated, with exactly the steps of that machine", async () => {
    await lab.account.terminate((await lab.instance("forum-vm")).id);
    const run = await lab.run("up");
    expect(run.exitCode, run.stderr).toBe(0);
    const steps = stepsOf(run);
    const again = ["host-instance", "host-power", "host-ready", "package", "binary", "sidecar", "forum"];
    const made = [...again, "configuration", "join", "member"];
    expect(made.filter((name) => !steps.some(ofHost("+", name)))).toEqual([]);
    expect(steps.filter((step) => !made.some((name) => ofHost("+", name)(step) || ofHost("-", name)(step)))).toEqual(
      [],
    );
    expect(await isGreen()).toEqual(GREEN);
  });

  it("are recreated with all that was in the cluster, if that is to be another one", async () => {
    const old = await lab.instance("k3s-s");
    const run = await lab.run("up", ["-c", "podCidr=10.60.0.0/16", "--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect((await lab.instance("k3s-s")).id).not.toBe(old.id);
    const query = ["--namespace", "istioinaction", "--output", "jsonpath={.items[*].status.podIP}"];
    const pods = await lab.run("exec", ["k3s-s", "kubectl", "get", "pods", ...query]);
    const addresses = pods.stdout.trim().split(" ");
    expect([addresses.length, addresses.filter((address) => !address.startsWith("10.60."))]).toEqual([2, []]);
    expect(await isGreen()).toEqual(GREEN);
  });

  it("keep their image when a newer one is published", async () => {
    await lab.publishImage("ami-0fedcba9876543210");
    const { changes } = await lab.json<UpReport>("up");
    expect(Object.keys(changes)).toEqual(["same"]);
  });

  it("end by themselves when the time in their tag has come, and are started by the next up", async () => {
    const { id, tags } = await lab.instance("k3s-s");
    const machines = containerMachines(lab.account.folder);
    await machines.setTags(id, { ...tags, expiry: "2020-01-01T00:00:00Z" });
    // They ask every minute.
    await expect.poll(() => machines.state(id), { timeout: 120_000, interval: 1000 }).toBe("stopped");
    const run = await lab.run("up");
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toContain("on AWS vm-k3s-s-host-power is different");
    expect(await isGreen()).toEqual(GREEN);
  });
});

describe("what a vm lab on AWS leaves", () => {
  it("is nothing, also if an instance is gone already, and destroy asks AWS for it", async () => {
    await lab.account.terminate((await lab.instance("forum-vm")).id);
    const run = await lab.run("destroy", ["--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(
      /^AWS ap-northeast-2, asked for what is tagged project=istio-lab, stack=e2e-aws, lab-id=[0-9a-f]{16}: 0 resources$/m,
    );
    expect(await lab.account.resources()).toEqual([]);
    expect(lab.stateFiles()).toEqual([]);
    expect(lab.processes()).toEqual([]);
    expect(hostState()).toEqual(before);
  });
});
