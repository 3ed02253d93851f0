import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../support/aws/account";
import type { Driven, Driver } from "../support/aws/driver";
import { launch, sampleAccount, samplePublicKey, types, type SampleNetwork } from "../support/aws/sample-network";

let account: AwsAccount;
let driver: Driver;
let network: SampleNetwork;

beforeEach(async () => {
  ({ account, driver, network } = await sampleAccount());
});

afterEach(() => account.close());

const rule = (more = {}) => ({
  securityGroupId: network.group.id,
  ipProtocol: "tcp",
  fromPort: 80,
  toPort: 80,
  cidrIpv4: "203.0.113.0/24",
  ...more,
});

describe("what an account refuses to make", () => {
  it.each([
    ["an address that is no network", "10.0.0.1/16", "expected cidr_block to contain a valid network Value"],
    ["larger than /16", "10.0.0.0/15", "between 16 and 28 significant bits, got: 15"],
    ["smaller than /28", "10.0.0.0/29", "between 16 and 28 significant bits, got: 29"],
  ])("is a VPC that is %s", async (_what, cidrBlock, message) => {
    await expect(driver.create(types.vpc, { cidrBlock })).rejects.toThrow(message);
  });

  it("is a sixth VPC", async () => {
    for (const number of [1, 2, 3, 4]) {
      await driver.create(types.vpc, { cidrBlock: `10.${number}.0.0/16` });
    }
    await expect(driver.create(types.vpc, { cidrBlock: "10.5.0.0/16" })).rejects.toThrow(
      "creating EC2 VPC: operation error EC2: CreateVpc, api error VpcLimitExceeded: The maximum number",
    );
  });

  it.each([
    ["outside the VPC", { cidrBlock: "10.0.0.0/24" }, "InvalidSubnet.Range: The CIDR '10.0.0.0/24' is invalid."],
    ["larger than the VPC", { cidrBlock: "192.0.0.0/8" }, "InvalidSubnet.Range: The CIDR '192.0.0.0/8' is invalid."],
    ["of four addresses", { cidrBlock: "192.168.20.0/30" }, "InvalidSubnet.Range"],
    [
      "on another subnet's addresses",
      { cidrBlock: "192.168.10.128/25" },
      "InvalidSubnet.Conflict: The CIDR '192.168.10.128/25' conflicts with another subnet",
    ],
    [
      "in another region's zone",
      { cidrBlock: "192.168.20.0/24", availabilityZone: "us-east-1a" },
      "InvalidParameterValue: Value (us-east-1a) for parameter availabilityZone is invalid.",
    ],
    ["of no VPC", { cidrBlock: "10.0.0.0/24", vpcId: "vpc-0" }, "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not"],
    ["with host bits", { cidrBlock: "192.168.20.1/24" }, '"192.168.20.1/24" is not a valid CIDR block'],
  ])("is a subnet %s", async (_what, inputs, message) => {
    await expect(driver.create(types.subnet, { vpcId: network.vpc.id, ...inputs })).rejects.toThrow(message);
  });

  it("is a subnet that begins in its VPC and does not end there", async () => {
    const vpc = await driver.create(types.vpc, { cidrBlock: "10.0.0.0/24" });
    const subnet = driver.create(types.subnet, { vpcId: vpc.id, cidrBlock: "10.0.0.0/23" });
    await expect(subnet).rejects.toThrow("InvalidSubnet.Range: The CIDR '10.0.0.0/23' is invalid.");
  });

  it.each([
    ["192.168.10.0", "is in subnet's reserved address range"],
    ["192.168.10.1", "is in subnet's reserved address range"],
    ["192.168.10.3", "is in subnet's reserved address range"],
    ["192.168.10.255", "is in subnet's reserved address range"],
    ["192.168.11.10", "does not fall within the subnet's address range"],
    ["192.168.10.50", "InvalidIPAddress.InUse: Address 192.168.10.50 is in use."],
  ])("is an interface with the address %s", async (address, message) => {
    await driver.create(types.card, { subnetId: network.subnet.id, privateIps: ["192.168.10.50"] });
    const card = driver.create(types.card, { subnetId: network.subnet.id, privateIps: [address] });
    await expect(card).rejects.toThrow(message);
  });

  it.each([
    ["whose name begins with sg-", { name: "sg-lab" }, "invalid value for name (cannot begin with sg-)"],
    ["whose name its VPC has", { name: "default" }, "InvalidGroup.Duplicate: The security group 'default' already"],
    ["whose description has an umlaut", { description: "für SSH" }, "Invalid security group description."],
    ["without a VPC if there is no default one", { vpcId: null }, "VPCIdNotSpecified: No default VPC for this user"],
  ])("is a group %s", async (_what, inputs, message) => {
    await expect(driver.create(types.group, { vpcId: network.vpc.id, ...inputs })).rejects.toThrow(message);
  });

  it.each([
    [
      "that is there already",
      { fromPort: 22, toPort: 22, cidrIpv4: "203.0.113.7/32", description: "again" },
      'InvalidPermission.Duplicate: the specified rule "peer: 203.0.113.7/32, TCP, from port: 22, to port: 22, ALLOW"',
    ],
    ["with an apostrophe in its description", { description: "istio's" }, "Invalid rule description."],
    ["for all protocols with ports", { ipProtocol: "-1" }, "cannot be set when ip_protocol is -1"],
    ["without ports", { fromPort: null, toPort: null }, "Must specify both from and to ports with TCP/UDP."],
    ["with ports the wrong way round", { fromPort: 90 }, "Invalid TCP/UDP port range (90:80)"],
    ["with host bits", { cidrIpv4: "203.0.113.7/24" }, '"203.0.113.7/24" is not a valid CIDR block'],
    ["of no group", { securityGroupId: "sg-0" }, "InvalidGroup.NotFound: The security group 'sg-0' does not exist"],
  ])("is a rule %s", async (_what, inputs, message) => {
    await expect(driver.create(types.ingress, rule(inputs))).rejects.toThrow(message);
  });

  it.each([
    ["a name that the region has", { keyName: "lab" }, "InvalidKeyPair.Duplicate"],
    ["text that is no key", { publicKey: "ssh-ed25519 AAAA" }, "InvalidKey.Format"],
    ["a type that AWS does not take", { publicKey: "ecdsa-sha2-nistp256 AAAA" }, "InvalidKey.Format"],
  ])("is a key pair with %s", async (_what, inputs, message) => {
    await driver.create(types.key, { keyName: "lab", publicKey: samplePublicKey });
    await expect(driver.create(types.key, { publicKey: samplePublicKey, ...inputs })).rejects.toThrow(message);
  });

  it("is a second route to the same place, one through a foreign gateway, and one within the VPC", async () => {
    const table = await driver.create(types.table, { vpcId: network.vpc.id });
    const route = (cidrBlock: string, gatewayId = network.gateway.id) =>
      driver.update(table, { routes: [cidrBlock, "10.0.0.0/8"].map((each) => ({ cidrBlock: each, gatewayId })) });
    await route("0.0.0.0/0");
    await expect(route("10.0.0.0/8")).rejects.toThrow("RouteAlreadyExists: The route identified by 10.0.0.0/8 already");
    const loose = await driver.create(types.gateway, {});
    await expect(route("0.0.0.0/0", loose.id)).rejects.toThrow("belong to different networks");
    await expect(route("192.168.10.0/24")).rejects.toThrow("equal to or more specific than one of this VPC's");
  });

  it("is a sixth Elastic IP, and one that leads to a VPC without a gateway", async () => {
    const address = await driver.create(types.address, { domain: "vpc" });
    const vpc = await driver.create(types.vpc, { cidrBlock: "10.0.0.0/16" });
    const subnet = await driver.create(types.subnet, { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" });
    const closed = await driver.create(types.card, { subnetId: subnet.id });
    await expect(driver.create(types.led, { allocationId: address.id, networkInterfaceId: closed.id })).rejects.toThrow(
      `Gateway.NotAttached: Network ${vpc.id} is not attached to any internet gateway`,
    );
    for (let count = 0; count < 4; count++) {
      await driver.create(types.address, {});
    }
    await expect(driver.create(types.address, {})).rejects.toThrow("AddressLimitExceeded");
  });

  it.each([
    ["begins with aws:", { "aws:mine": "x" }, "Tag keys starting with 'aws:' are reserved for internal use"],
    ["is longer than 128", { ["k".repeat(129)]: "x" }, "Tag key length must be between 1 and 128, got 129"],
    ["has more than 256 characters", { a: "x".repeat(257) }, "Tag value exceeds the maximum length of 256 characters"],
    [
      "is one of more than 50",
      Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "x"])),
      "TagLimitExceeded: The maximum number of tags for a resource is 50",
    ],
  ])("is a tag that %s", async (_what, tags, message) => {
    await expect(driver.update(network.vpc, { tags })).rejects.toThrow(message);
    await expect(driver.create(types.vpc, { cidrBlock: "10.0.0.0/16", tags })).rejects.toThrow(message);
  });

  it("is an argument that it does not know, or that is missing", async () => {
    await expect(driver.create(types.vpc, { cidrBlock: "10.0.0.0/16", ipv6CidrBlock: "::/56" })).rejects.toThrow(
      'the test account has no argument "ipv6CidrBlock"',
    );
    await expect(driver.create(types.subnet, {})).rejects.toThrow(
      'Missing required argument. The argument "vpc_id" is required, but no definition was found.',
    );
    await expect(driver.create("aws:s3/bucket:Bucket", {})).rejects.toThrow(
      "the test account has no resource aws:s3/bucket:Bucket; there are aws:ec2/vpc:Vpc,",
    );
  });
});

describe("what an account refuses to delete", () => {
  let card: Driven;
  let address: Driven;
  let led: Driven;
  let table: Driven;
  let routed: Driven;
  let instance: Driven;

  beforeEach(async () => {
    const { subnet, group, vpc } = network;
    card = await driver.create(types.card, { subnetId: subnet.id, securityGroups: [group.id] });
    address = await driver.create(types.address, { domain: "vpc" });
    led = await driver.create(types.led, { allocationId: address.id, networkInterfaceId: card.id });
    table = await driver.create(types.table, { vpcId: vpc.id });
    routed = await driver.create(types.routed, { routeTableId: table.id, subnetId: subnet.id });
    instance = await launch(driver, network, { primaryNetworkInterface: { networkInterfaceId: card.id } });
  });

  it.each([
    ["a VPC with anything in it", () => network.vpc, "DependencyViolation: The vpc '%' has dependencies and cannot be"],
    ["a subnet with interfaces", () => network.subnet, "DependencyViolation: The subnet '%' has dependencies and"],
    ["a gateway with public addresses behind it", () => network.gateway, "has some mapped public address(es)."],
    ["a group that an interface has", () => network.group, "DependencyViolation: resource % has a dependent object"],
    ["a route table with associations", () => table, "DependencyViolation: The routeTable '%' has dependencies and"],
    ["an Elastic IP that leads somewhere", () => address, "InvalidIPAddress.InUse: Address 127.77."],
    ["an interface on an instance", () => card, "Network interface '%' is currently in use."],
  ])("is %s", async (_what, resource, message) => {
    const { id } = resource();
    await expect(driver.delete(resource())).rejects.toThrow(message.replace("%", id));
    expect((await account.resources()).map((each) => each.id)).toContain(id);
  });

  it("is nothing in the right order, and nothing is left then", async () => {
    const { vpc, gateway, subnet, group, ssh } = network;
    for (const resource of [instance, led, address, card, routed, table, ssh, group, subnet, gateway, vpc]) {
      await driver.delete(resource);
      expect(await driver.read(resource)).toBeUndefined();
      await driver.delete(resource);
    }
    expect(await account.resources()).toEqual([]);
  });

  it("is tried again for the time that is set, and succeeds if the hindrance goes", async () => {
    await account.change((data) => Object.assign(data, { deleteRetrySeconds: 20 }));
    const deleted = driver.delete(address);
    await expect.poll(() => account.calls().some(({ outcome }) => outcome === "InvalidIPAddress.InUse")).toBe(true);
    await driver.delete(led);
    await deleted;
    expect(await driver.read(address)).toBeUndefined();
  });
});
