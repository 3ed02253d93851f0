import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PropertyMap } from "../rpc/property-value";
import { AwsAccount } from "./account";
import type { AccountSettings } from "./account-data";
import { Driver, type Driven } from "./driver";

/** Type tokens that tests name often. */
export const types = {
  vpc: "aws:ec2/vpc:Vpc",
  subnet: "aws:ec2/subnet:Subnet",
  gateway: "aws:ec2/internetGateway:InternetGateway",
  table: "aws:ec2/routeTable:RouteTable",
  routed: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  group: "aws:ec2/securityGroup:SecurityGroup",
  defaultGroup: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  ingress: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  egress: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  key: "aws:ec2/keyPair:KeyPair",
  card: "aws:ec2/networkInterface:NetworkInterface",
  address: "aws:ec2/eip:Eip",
  led: "aws:ec2/eipAssociation:EipAssociation",
  instance: "aws:ec2/instance:Instance",
  power: "aws:ec2transitgateway/instanceState:InstanceState",
} as const;

/** An image that `sampleSettings` has. */
export const sampleAmi = "ami-0123456789abcdef0";

/** A public key of nobody. */
export const samplePublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGoW1xcPF1ZQvGd0dJNJ7Sxz2f0p6u3bqsrQH5R9k1xT lab";

/** Settings of an account whose operations take no time and whose machines are notes. */
export const sampleSettings = {
  regions: {
    "ap-northeast-2": { amis: { [sampleAmi]: { image: "image" } }, parameters: { "/aws/service/image": sampleAmi } },
  },
  machines: "none",
  pendingSeconds: 0,
  deleteRetrySeconds: 0,
} as const;

/** A VPC with a way out, a subnet, and a group that lets SSH in. */
export interface SampleNetwork {
  readonly vpc: Driven;
  readonly gateway: Driven;
  readonly subnet: Driven;
  readonly group: Driven;
  readonly ssh: Driven;
}

/** Makes it: 192.168.0.0/16, and in it 192.168.10.0/24. */
export async function sampleNetwork(driver: Driver): Promise<SampleNetwork> {
  const vpc = await driver.create(types.vpc, { cidrBlock: "192.168.0.0/16", enableDnsHostnames: true });
  const gateway = await driver.create(types.gateway, { vpcId: vpc.id });
  const subnet = await driver.create(types.subnet, { vpcId: vpc.id, cidrBlock: "192.168.10.0/24" });
  const group = await driver.create(types.group, { vpcId: vpc.id, description: "machines" });
  const ssh = await driver.create(types.ingress, {
    securityGroupId: group.id,
    ipProtocol: "tcp",
    fromPort: 22,
    toPort: 22,
    cidrIpv4: "203.0.113.7/32",
  });
  return { vpc, gateway, subnet, group, ssh };
}

/** An account with the sample network, and what drives its plugin. */
export interface SampleAccount {
  readonly account: AwsAccount;
  readonly driver: Driver;
  readonly network: SampleNetwork;
}

/**
 * Makes an account in a folder of its own, which its `close` removes, and the network in it.
 * @param settings beside the sample ones
 */
export async function sampleAccount(settings: Partial<AccountSettings> = {}): Promise<SampleAccount> {
  const folder = mkdtempSync(join(tmpdir(), "istio-lab-aws-"));
  const account = AwsAccount.create(folder, { ...sampleSettings, ...settings });
  const driver = await Driver.start(account.environment);
  return { account, driver, network: await sampleNetwork(driver) };
}

/** Launches an instance in the sample network, at an interface that is made for it unless `more` names one. */
export async function launch(
  driver: Driver,
  { subnet, group }: SampleNetwork,
  more: PropertyMap = {},
): Promise<Driven> {
  const placed = "primaryNetworkInterface" in more;
  const card = placed
    ? undefined
    : await driver.create(types.card, { subnetId: subnet.id, securityGroups: [group.id] });
  const own = card === undefined ? {} : { primaryNetworkInterface: { networkInterfaceId: card.id } };
  return driver.create(types.instance, { ami: sampleAmi, instanceType: "t3.medium", ...own, ...more });
}
