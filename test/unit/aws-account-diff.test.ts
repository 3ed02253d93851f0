import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret, Unknown, type PropertyMap } from "../support/rpc/property-value";
import type { AwsAccount } from "../support/aws/account";
import { Driver } from "../support/aws/driver";
import {
  sampleAccount,
  sampleInstance,
  samplePublicKey,
  types,
  type SampleNetwork,
} from "../support/aws/sample-network";

let account: AwsAccount;
let driver: Driver;
let network: SampleNetwork;

beforeEach(async () => {
  ({ account, driver, network } = await sampleAccount());
});

afterEach(() => account.close());

/** Resources with the inputs that the changes below change. */
const samples = {
  vpc: () => Promise.resolve(network.vpc),
  subnet: () => Promise.resolve(network.subnet),
  gateway: () => Promise.resolve(network.gateway),
  group: () => Promise.resolve(network.group),
  rule: () => Promise.resolve(network.ssh),
  key: () => driver.create(types.key, { publicKey: samplePublicKey }),
  card: () => driver.create(types.card, { subnetId: network.subnet.id, privateIps: ["192.168.10.50"] }),
  address: () => driver.create(types.address, { domain: "vpc" }),
  routed: async () => {
    const table = await driver.create(types.table, { vpcId: network.vpc.id });
    return driver.create(types.routed, { routeTableId: table.id, subnetId: network.subnet.id });
  },
  instance: () =>
    driver.create(types.instance, {
      ...sampleInstance(network, { userData: "1", rootBlockDevice: { volumeSize: 20, encrypted: false } }),
      metadataOptions: { httpTokens: "required" },
    }),
} as const;

describe("a change of an input", () => {
  it.each<readonly [keyof typeof samples, string, PropertyMap]>([
    ["vpc", "cidrBlock", { cidrBlock: "10.0.0.0/16" }],
    ["subnet", "cidrBlock", { cidrBlock: "192.168.20.0/24" }],
    ["subnet", "availabilityZone", { availabilityZone: "ap-northeast-2c" }],
    ["subnet", "vpcId", { vpcId: "vpc-0" }],
    ["group", "name", { name: "other" }],
    ["group", "description", { description: "others" }],
    ["rule", "securityGroupId", { securityGroupId: "sg-0" }],
    ["key", "publicKey", { publicKey: "ssh-ed25519 AAAA" }],
    ["card", "subnetId", { subnetId: "subnet-0" }],
    ["card", "privateIps", { privateIps: ["192.168.10.51"] }],
    ["address", "domain", { domain: "standard" }],
    ["routed", "subnetId", { subnetId: "subnet-0" }],
    ["instance", "ami", { ami: "ami-00000000000000000" }],
    ["instance", "availabilityZone", { availabilityZone: "ap-northeast-2c" }],
    ["instance", "keyName", { keyName: "lab" }],
    ["instance", "subnetId", { subnetId: "subnet-0" }],
    ["instance", "privateIp", { privateIp: "192.168.10.9" }],
    ["instance", "associatePublicIpAddress", { associatePublicIpAddress: true }],
    ["instance", "rootBlockDevice.encrypted", { rootBlockDevice: { volumeSize: 20, encrypted: true } }],
    ["instance", "rootBlockDevice.kmsKeyId", { rootBlockDevice: { volumeSize: 20, kmsKeyId: "key" } }],
    ["instance", "userData", { userData: "2", userDataReplaceOnChange: true }],
    ["vpc", "region", { region: "us-east-1" }],
  ])("replaces %s where it is one of %s", async (sample, replaced, changes) => {
    const resource = await samples[sample]();
    expect((await driver.plan(resource, { ...resource.inputs, ...changes })).replaces).toEqual([replaced]);
  });

  it.each<readonly [keyof typeof samples, string, PropertyMap]>([
    ["vpc", "enableDnsSupport", { enableDnsSupport: false }],
    ["vpc", "tags", { tags: { a: "b" } }],
    ["subnet", "mapPublicIpOnLaunch", { mapPublicIpOnLaunch: true }],
    ["gateway", "vpcId", { vpcId: "vpc-0" }],
    ["rule", "toPort", { toPort: 23 }],
    ["rule", "cidrIpv4", { cidrIpv4: "203.0.113.8/32" }],
    ["rule", "description", { description: "mine" }],
    ["card", "privateIps", { privateIps: ["192.168.10.51", "192.168.10.50"] }],
    ["card", "securityGroups", { securityGroups: ["sg-0"] }],
    ["address", "tags", { tags: { a: "b" } }],
    ["routed", "routeTableId", { routeTableId: "rtb-0" }],
    ["instance", "userData", { userData: "2" }],
    ["instance", "instanceType", { instanceType: "t3.large" }],
    ["instance", "vpcSecurityGroupIds", { vpcSecurityGroupIds: ["sg-0"] }],
    ["instance", "metadataOptions.httpTokens", { metadataOptions: { httpTokens: "optional" } }],
    ["instance", "instanceInitiatedShutdownBehavior", { instanceInitiatedShutdownBehavior: "terminate" }],
    ["instance", "rootBlockDevice.volumeSize", { rootBlockDevice: { volumeSize: 30 } }],
    ["instance", "rootBlockDevice.volumeType", { rootBlockDevice: { volumeSize: 20, volumeType: "gp2" } }],
    ["instance", "rootBlockDevice.tags", { rootBlockDevice: { volumeSize: 20, tags: { a: "b" } } }],
  ])("updates %s in place where it is one of %s", async (sample, updated, changes) => {
    const resource = await samples[sample]();
    const plan = await driver.plan(resource, { ...resource.inputs, ...changes });
    expect(plan).toEqual({ replaces: [], updates: [updated] });
  });

  it.each<readonly [string, keyof typeof samples, PropertyMap]>([
    ["gives what AWS chose", "subnet", { availabilityZone: "ap-northeast-2a" }],
    ["gives what AWS chose within an object", "instance", { metadataOptions: { httpEndpoint: "enabled" } }],
    ["leaves to AWS what it was given", "instance", { metadataOptions: null, rootBlockDevice: null }],
    ["turns a list around whose order means nothing", "card", { privateIps: ["192.168.10.50"] }],
    ["names the region that it is in", "vpc", { region: "ap-northeast-2" }],
  ])("is none where it %s", async (_what, sample, changes) => {
    const resource = await samples[sample]();
    const plan = await driver.plan(resource, { ...resource.inputs, ...changes });
    expect(plan).toEqual({ replaces: [], updates: [] });
  });

  it("replaces a rule only where another kind of peer comes", async () => {
    const peer = { cidrIpv4: null, referencedSecurityGroupId: network.group.id };
    const plan = await driver.plan(network.ssh, { ...network.ssh.inputs, ...peer });
    expect(plan).toEqual({ replaces: ["cidrIpv4", "referencedSecurityGroupId"], updates: [] });
  });

  it("deletes first where the program's name stays, and last where the name was made", async () => {
    const named = await driver.create(types.group, { vpcId: network.vpc.id, name: "lab" });
    const changes = { description: "others" };
    expect((await driver.diff(named, { ...named.inputs, ...changes })).deleteBeforeReplace).toBe(true);
    const { __defaults: _made, name: _name, ...given } = network.group.inputs;
    expect((await driver.diff(network.group, { ...given, ...changes })).deleteBeforeReplace).toBe(false);
  });

  it("that is not known yet counts as one", async () => {
    const unknown = { vpcId: new Unknown() };
    expect(await driver.plan(network.subnet, { ...network.subnet.inputs, ...unknown })).toEqual({
      replaces: ["vpcId"],
      updates: [],
    });
  });
});

describe("a refresh", () => {
  it("shows what was changed in AWS, and the next update repairs it", async () => {
    const tagged = await driver.update(network.vpc, { tags: { lab: "vm" } });
    await account.change((data) => {
      data.vpcs[tagged.id]!.tags = { lab: "stolen", more: "x" };
      data.vpcs[tagged.id]!.enableDnsHostnames = false;
    });
    const found = (await driver.read(tagged))!;
    expect(found.inputs).toMatchObject({ tags: { lab: "stolen", more: "x" }, enableDnsHostnames: false });
    expect([...(await driver.plan(found, tagged.inputs)).updates].sort()).toEqual(["enableDnsHostnames", "tags"]);
    await driver.update(found, tagged.inputs);
    expect(account.read().vpcs[tagged.id]).toMatchObject({ tags: { lab: "vm" }, enableDnsHostnames: true });
  });

  it("changes nothing where nothing has changed", async () => {
    for (const sample of Object.values(samples)) {
      const resource = await sample();
      expect((await driver.read(resource))?.inputs).toEqual(resource.inputs);
    }
  });

  it("finds all inputs of a resource that is imported", async () => {
    const { type, id, inputs } = network.subnet;
    const found = (await driver.read({ type, id, state: {}, inputs: {} }))!;
    expect(found.inputs).toMatchObject(inputs);
    expect(await driver.plan(found, inputs)).toEqual({ replaces: [], updates: [] });
  });
});

describe("tags of the provider", () => {
  it("are on everything, the root volume too, but not among a resource's own", async () => {
    const defaultTags = JSON.stringify({ tags: { owner: "me", lab: "default" } });
    const tagging = await Driver.start(account.environment, { region: "ap-northeast-2", defaultTags });
    const instance = await tagging.create(types.instance, sampleInstance(network, { tags: { lab: "vm" } }));
    expect(instance.state["tags"]).toEqual({ lab: "vm" });
    expect(instance.state["tagsAll"]).toEqual({ owner: "me", lab: "vm" });
    expect(Object.values(account.read().volumes)[0]?.tags).toEqual({ owner: "me", lab: "default" });
    const other = await Driver.start(account.environment);
    expect(await other.plan(instance, instance.inputs)).toEqual({ replaces: [], updates: ["tagsAll"] });
  });
});

describe("a secret input", () => {
  it("is secret in the state, and is not changed by being one", async () => {
    const userData = new Secret("echo hush");
    const instance = await driver.create(types.instance, sampleInstance(network, { userData }));
    expect(instance.state["userData"]).toEqual(userData);
    expect((await driver.read(instance))?.state["userData"]).toEqual(userData);
    const plain = { ...instance.inputs, userData: "echo hush" };
    expect(await driver.plan(instance, plain)).toEqual({ replaces: [], updates: [] });
  });
});
