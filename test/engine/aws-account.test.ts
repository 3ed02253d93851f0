import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AwsAccount } from "../support/aws/account";
import { Driver } from "../support/aws/driver";
import { sampleAmi, samplePublicKey, types } from "../support/aws/sample-network";
import { Engine } from "../support/engine";

const otherAmi = "ami-0fedcba9876543210";

let folder: string;
let engine: Engine;
let account: AwsAccount;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "istio-lab-aws-"));
  const settings = AwsAccount.create(folder).environment;
  engine = await Engine.start(["pulumi-resource-aws"], settings);
  const region = await engine.run(["config", "set", "aws:region", "ap-northeast-2"]).finished;
  expect(region.code).toBe(0);
});

beforeEach(() => {
  account = AwsAccount.create(folder, {
    regions: {
      "ap-northeast-2": {
        amis: { [sampleAmi]: { image: "image" }, [otherAmi]: { image: "other" } },
        parameters: { "/ubuntu": sampleAmi },
      },
    },
    machines: "none",
    pendingSeconds: 0.1,
    deleteRetrySeconds: 0.5,
  });
});

afterEach(async () => {
  engine.program("");
  expect((await engine.destroy()).code).toBe(0);
  await account.close();
});

afterAll(() => engine.close());

interface MachineParts {
  readonly type?: string;
  readonly data?: string;
  /** Default: what the parameter says. */
  readonly image?: string;
  /** Options of the instance beside what it depends on. */
  readonly options?: string;
}

/** What one machine with a public address takes, with parts that a test changes. */
function machine({ type = "t3.medium", data = "#!/bin/sh\n", image, options = "" }: MachineParts = {}): string {
  return `
    const aws = require("@pulumi/aws");
    const image = ${image === undefined ? 'aws.ssm.getParameterOutput({ name: "/ubuntu" }).value' : `"${image}"`};
    const tags = { lab: "vm" };
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "192.168.0.0/16", enableDnsHostnames: true, tags });
    const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id, tags });
    const subnet = new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "192.168.10.0/24", tags });
    const routes = [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }];
    const table = new aws.ec2.RouteTable("table", { vpcId: vpc.id, routes, tags });
    new aws.ec2.RouteTableAssociation("routed", { routeTableId: table.id, subnetId: subnet.id });
    new aws.ec2.DefaultSecurityGroup("closed", { vpcId: vpc.id, tags });
    const group = new aws.ec2.SecurityGroup("group", { vpcId: vpc.id, description: "one machine", tags });
    const ssh = new aws.vpc.SecurityGroupIngressRule("ssh", {
      securityGroupId: group.id, ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv4: "203.0.113.7/32", tags });
    new aws.vpc.SecurityGroupEgressRule("all", { securityGroupId: group.id, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" });
    const key = new aws.ec2.KeyPair("key", { publicKey: "${samplePublicKey}", tags });
    const card = new aws.ec2.NetworkInterface("card", {
      subnetId: subnet.id, privateIps: ["192.168.10.100"],
      securityGroups: [group.id], tags });
    const address = new aws.ec2.Eip("address", { domain: "vpc", tags }, { dependsOn: gateway });
    const led = new aws.ec2.EipAssociation("led", { allocationId: address.allocationId, networkInterfaceId: card.id });
    const instance = new aws.ec2.Instance("instance", {
      ami: image, instanceType: "${type}", keyName: key.keyName, userData: ${JSON.stringify(data)},
      primaryNetworkInterface: { networkInterfaceId: card.id }, instanceInitiatedShutdownBehavior: "stop",
      metadataOptions: { httpTokens: "required", instanceMetadataTags: "enabled" },
      rootBlockDevice: { volumeSize: 20, volumeType: "gp3", tags }, tags,
    }, { dependsOn: [ssh, led], ${options} });
    exports.id = instance.id;
    exports.publicIp = address.publicIp;
  `;
}

const kinds = async () => (await account.resources()).map(({ type }) => type);
const machines = async () => (await account.instances()).map(({ state }) => state);

describe("the test account under the real engine", () => {
  it("builds a machine, keeps it, and leaves nothing", async () => {
    engine.program(machine());
    const preview = await engine.preview();
    expect([preview.code, account.changes()]).toEqual([0, []]);
    const up = await engine.up();
    expect([up.code, up.steps.length]).toEqual([0, 14]);
    expect(up.output).not.toMatch(/error|warning/);
    const { id, publicIp } = await engine.outputs();
    expect(await account.instances()).toMatchObject([{ id, publicIp, state: "running", privateIp: "192.168.10.100" }]);
    const again = await engine.up();
    expect([again.code, again.steps]).toEqual([0, []]);
    const refreshed = await engine.run(["refresh", "--yes", "--skip-preview", "--stack", "test"]).finished;
    expect(refreshed.code).toBe(0);
    expect((await engine.up()).steps).toEqual([]);
    const destroyed = await engine.destroy();
    expect([destroyed.code, await account.resources(), await machines()]).toEqual([0, [], ["terminated"]]);
  });

  it("changes a machine's type in place, and replaces it if its image changes", async () => {
    engine.program(machine());
    expect((await engine.up()).code).toBe(0);
    const { id } = await engine.outputs();
    engine.program(machine({ type: "t3.large", data: "#!/bin/bash\n" }));
    expect((await engine.up()).steps).toEqual(["update instance"]);
    expect((await engine.outputs())["id"]).toBe(id);
    expect(account.changes().slice(-3)).toEqual(["StopInstances", "ModifyInstanceAttribute", "StartInstances"]);
    engine.program(machine({ type: "t3.large", image: otherAmi }));
    // The old one still has the interface: as in AWS, the new one cannot come before it has gone.
    const refused = await engine.up();
    expect(refused.output).toContain("InvalidNetworkInterface.InUse");
    engine.program(machine({ type: "t3.large", image: otherAmi, options: "deleteBeforeReplace: true" }));
    const replaced = await engine.up();
    expect([replaced.code, replaced.steps]).toEqual([
      0,
      ["delete-replaced instance", "replace instance", "create-replacement instance"],
    ]);
    expect(await machines()).toEqual(["terminated", "running"]);
  });

  it("makes a machine again that was terminated past Pulumi", async () => {
    engine.program(machine());
    expect((await engine.up()).code).toBe(0);
    await account.terminate((await account.instances())[0]!.id);
    const refreshed = await engine.run(["refresh", "--yes", "--skip-preview", "--stack", "test"]).finished;
    expect(refreshed.code).toBe(0);
    const next = await engine.up();
    expect([next.code, next.steps]).toEqual([0, ["create instance"]]);
    expect(await machines()).toEqual(["terminated", "running"]);
  });

  it("refuses to destroy what something else is in, until that has gone", async () => {
    engine.program(`
      const aws = require("@pulumi/aws");
      exports.id = new aws.ec2.Vpc("vpc", { cidrBlock: "192.168.0.0/16" }).id;
    `);
    expect((await engine.up()).code).toBe(0);
    const vpcId = String((await engine.outputs())["id"]);
    const driver = await Driver.start(account.environment);
    const subnet = await driver.create(types.subnet, { vpcId, cidrBlock: "192.168.10.0/24" });
    const refused = await engine.destroy();
    expect(refused.steps).toEqual(["delete-failed vpc"]);
    expect(refused.output).toContain(
      `deleting EC2 VPC (${vpcId}): operation error EC2: DeleteVpc, api error DependencyViolation: ` +
        `The vpc '${vpcId}' has dependencies and cannot be deleted.`,
    );
    await driver.delete(subnet);
    expect((await engine.destroy()).steps).toEqual(["delete vpc"]);
  });

  it("says what is wrong before it calls AWS", async () => {
    engine.program(`
      const aws = require("@pulumi/aws");
      new aws.ec2.Vpc("vpc", { cidrBlock: "192.168.0.1/16" });
    `);
    const refused = await engine.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("expected cidr_block to contain a valid network Value, got: 192.168.0.1/16");
    expect(account.changes()).toEqual([]);
  });
});

describe("a run that is killed while a machine is being made", () => {
  it.each([
    ["the plugin", (pulumi: number) => childNamed(pulumi, "pulumi-resource-aws")],
    ["the engine", (pulumi: number) => pulumi],
  ])("by killing %s leaves the machine in the account, and not in the state", async (_what, victim) => {
    await account.change((data) => Object.assign(data, { pendingSeconds: 600 }));
    engine.program(machine());
    const up = engine.startUp();
    await expect.poll(kinds).toContain("instance");
    process.kill(victim(up.child.pid!), "SIGKILL");
    expect((await up.finished).code).not.toBe(0);
    await account.change((data) => Object.assign(data, { pendingSeconds: 0 }));
    await engine.run(["cancel", "--yes", "--stack", "test"]).finished;
    const [orphan] = await account.instances();
    expect(await engine.exported()).not.toContain(orphan!.id);
    await account.terminate(orphan!.id);
    const next = await engine.up();
    expect([next.code, next.steps]).toEqual([0, ["create instance"]]);
  });
});

/** A child of a process whose command line names a program; any of the parent's threads may have started it. */
function childNamed(parent: number, name: string): number {
  const children = readdirSync(`/proc/${parent}/task`).flatMap((thread) =>
    readFileSync(`/proc/${parent}/task/${thread}/children`, "utf8").trim().split(" "),
  );
  const found = children.find((child) => child !== "" && readFileSync(`/proc/${child}/cmdline`, "utf8").includes(name));
  if (found === undefined) {
    throw new Error(`process ${parent} has no child ${name}`);
  }
  return Number(found);
}
