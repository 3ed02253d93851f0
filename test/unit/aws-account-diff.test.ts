import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret, Unknown, type PropertyMap } from "../support/rpc/property-value";
import type { AwsAccount } from "../support/aws/account";
import type { Driver } from "../support/aws/driver";
import { launch, sampleAccount, samplePublicKey, types, type SampleNetwork } from "../support/aws/sample-network";

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
  instance: () => {
    const [rootBlockDevice, metadataOptions] = [{ volumeSize: 20, encrypted: false }, { httpTokens: "required" }];
    return launch(driver, network, { userData: "1", rootBlockDevice, metadataOptions });
  },
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
    ["instance", "keyName", { keyName: "lab" }],
    [
      "instance",
      "primaryNetworkInterface.networkInterfaceId",
      { primaryNetworkInterface: { networkInterfaceId: "eni-0" } },
    ],
    ["instance", "rootBlockDevice.encrypted", { rootBlockDevice: { volumeSize: 20, encrypted: true } }],
    ["instance", "userData", { userData: "2", userDataReplaceOnChange: true }],
    ["vpc", "region", { region: "us-east-1" }],
  ])("replaces %s if it is one of %s", async (sample, replaced, changes) => {
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
    ["instance", "metadataOptions.httpTokens", { metadataOptions: { httpTokens: "optional" } }],
    ["instance", "instanceInitiatedShutdownBehavior", { instanceInitiatedShutdownBehavior: "terminate" }],
    ["instance", "rootBlockDevice.volumeSize", { rootBlockDevice: { volumeSize: 30 } }],
    ["instance", "rootBlockDevice.volumeType", { rootBlockDevice: { volumeSize: 20, volumeType: "gp2" } }],
    ["instance", "rootBlockDevice.tags", { rootBlockDevice: { volumeSize: 20, tags: { a: "b" } } }],
  ])("updates %s in place if it is one of %s", async (sample, updated, changes) => {
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
  ])("is none if it %s", async (_what, sample, changes) => {
    const resource = await samples[sample]();
    const plan = await driver.plan(resource, { ...resource.inputs, ...changes });
    expect(plan).toEqual({ replaces: [], updates: [] });
  });

  it("deletes first if the program's name stays, and last if the name was made", async () => {
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

  it("changes nothing if nothing has changed", async () => {
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

describe("tags", () => {
  it("of an instance are its own, and its root volume has those that it is given", async () => {
    const tags = { tags: { lab: "vm" }, rootBlockDevice: { tags: { lab: "disk" } } };
    const { state } = await launch(driver, network, tags);
    expect([state["tags"], state["tagsAll"]]).toEqual([tags.tags, tags.tags]);
    expect(Object.values(account.read().volumes)[0]?.tags).toEqual({ lab: "disk" });
  });
});

describe("a secret input", () => {
  it("is secret in the state, and is not changed by being one", async () => {
    const userData = new Secret("echo hush");
    const instance = await launch(driver, network, { userData });
    expect(instance.state["userData"]).toEqual(userData);
    expect((await driver.read(instance))?.state["userData"]).toEqual(userData);
    const plain = { ...instance.inputs, userData: "echo hush" };
    expect(await driver.plan(instance, plain)).toEqual({ replaces: [], updates: [] });
  });
});
