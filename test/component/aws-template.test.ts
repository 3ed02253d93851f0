import { beforeAll, describe, expect, it } from "vitest";
import type { AwsVmLabConfig } from "../../lab/vm/config/aws";
import { awsRegistrations, CALLER } from "../support/aws-lab";
import type { Registration } from "../support/mocks";
import { TEMPLATE, type Facts } from "../support/template-facts";
import { parseLabConfig } from "../support/lab-config";

/** Every difference from the template, with its reason; anything else is a mistake. */
const DIFFERENCES: readonly (readonly [fact: string, template: unknown, ours: unknown, reason: string])[] = [
  [
    "PublicSubnet1.MapPublicIpOnLaunch",
    true,
    false,
    "the machines have Elastic IPs, which a stop does not take away; nothing else is to become public",
  ],
  ["PublicSubnet2.MapPublicIpOnLaunch", true, false, "as above; nothing is in it"],
  ["EC2SG.all from the caller", "0.0.0.0/0", undefined, "the default lets the whole world in; six openings are enough"],
  ["EC2SG.all from the services", "10.10.200.0/24", undefined, "no packet leaves a machine with a service's address"],
  ["EC2SG.all from the pods", "172.16.0.0/16", undefined, "k3s gives what leaves the machine the machine's address"],
  ["EC2SG.tcp 80", "0.0.0.0/0", CALLER, "the caller alone"],
  ["EC2SG.tcp 8080", "0.0.0.0/0", CALLER, "the caller alone"],
  ["EC2SG.tcp 30000", "0.0.0.0/0", CALLER, "the caller alone"],
  ["EC2SG.tcp 22", undefined, CALLER, "one of the openings in place of all ports"],
  ["EC2SG.tcp 6443", undefined, CALLER, "the lab is built from the user's machine, not on k3s-s"],
  ["EC2SG.tcp 30001-30007", undefined, CALLER, "the add-ons' node ports, which the notes reach by all ports"],
];

let all: Registration[];
beforeAll(async () => {
  all = await awsRegistrations();
});

function one(type: string, name: string): Registration {
  const found = all.find((each) => each.type === type && each.name === name);
  if (found === undefined) {
    throw new Error(`${type} ${name} is not registered`);
  }
  return found;
}

const nameTag = ({ inputs }: Registration) => (inputs["tags"] as Record<string, string>)["Name"];

function subnetFacts(number: number): Facts {
  const subnet = one("aws:ec2/subnet:Subnet", `vm-network-subnet-${number}`);
  const { availabilityZone, cidrBlock, mapPublicIpOnLaunch } = subnet.inputs;
  return {
    AvailabilityZone: availabilityZone,
    CidrBlock: cidrBlock,
    MapPublicIpOnLaunch: mapPublicIpOnLaunch,
    Name: nameTag(subnet),
  };
}

function associationFacts(number: number): Facts {
  const { inputs } = one("aws:ec2/routeTableAssociation:RouteTableAssociation", `vm-network-association-${number}`);
  const isRight =
    inputs["subnetId"] === `vm-network-subnet-${number}-id` && inputs["routeTableId"] === "vm-network-routes-id";
  return { associated: isRight };
}

function firewallFacts(): Facts {
  const rules = all.filter(({ type }) => type === "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
  const facts = rules.flatMap(({ inputs }): (readonly [string, unknown])[] => {
    const { ipProtocol, fromPort, toPort, cidrIpv4 } = inputs;
    if (ipProtocol === "-1") {
      return [[cidrIpv4 === "192.168.0.0/16" ? "all from the VPC" : `all from ${String(cidrIpv4)}`, cidrIpv4]];
    }
    // The template's own port stands for itself, so that the two can be compared.
    return fromPort === 30000
      ? [
          ["tcp 30000", cidrIpv4],
          [`tcp 30001-${String(toPort)}`, cidrIpv4],
        ]
      : [[`tcp ${String(fromPort)}`, cidrIpv4]];
  });
  const group = one("aws:ec2/securityGroup:SecurityGroup", "vm-network-firewall");
  return { Name: nameTag(group), ...Object.fromEntries(facts) };
}

function instanceFacts(prefix: string): Facts {
  const instance = one("aws:ec2/instance:Instance", `${prefix}-instance`);
  const network = one("aws:ec2/networkInterface:NetworkInterface", `${prefix}-interface`).inputs;
  const association = one("aws:ec2/eipAssociation:EipAssociation", `${prefix}-public-address-association`).inputs;
  const volume = instance.inputs["rootBlockDevice"] as Record<string, unknown>;
  const primary = instance.inputs["primaryNetworkInterface"] as Record<string, unknown>;
  return {
    Name: nameTag(instance),
    InstanceType: instance.inputs["instanceType"],
    PrivateIpAddress: (network["privateIps"] as string[]).join(),
    AssociatePublicIpAddress:
      primary["networkInterfaceId"] === `${prefix}-interface-id` &&
      association["networkInterfaceId"] === `${prefix}-interface-id`,
    subnet: network["subnetId"] === "vm-network-subnet-1-id" ? "PublicSubnet1" : network["subnetId"],
    VolumeType: volume["volumeType"],
    VolumeSize: volume["volumeSize"],
    DeleteOnTermination: volume["deleteOnTermination"],
  };
}

/** What the program registers, in the words of the template. */
function registeredFacts(): Record<string, Facts> {
  const vpc = one("aws:ec2/vpc:Vpc", "vm-network-vpc");
  const { cidrBlock, enableDnsSupport, enableDnsHostnames } = vpc.inputs;
  const gateway = one("aws:ec2/internetGateway:InternetGateway", "vm-network-internet-gateway");
  const table = one("aws:ec2/routeTable:RouteTable", "vm-network-routes");
  const [route] = table.inputs["routes"] as { cidrBlock: string; gatewayId: string }[];
  return {
    IstioVPC: {
      CidrBlock: cidrBlock,
      EnableDnsSupport: enableDnsSupport,
      EnableDnsHostnames: enableDnsHostnames,
      Name: nameTag(vpc),
    },
    PublicSubnet1: subnetFacts(1),
    PublicSubnet2: subnetFacts(2),
    InternetGateway: { attached: gateway.inputs["vpcId"] === "vm-network-vpc-id" },
    PublicSubnetRouteTable: { Name: nameTag(table) },
    PublicSubnetRoute: {
      DestinationCidrBlock: route?.cidrBlock,
      toInternetGateway: route?.gatewayId === "vm-network-internet-gateway-id",
    },
    PublicSubnet1RouteTableAssociation: associationFacts(1),
    PublicSubnet2RouteTableAssociation: associationFacts(2),
    EC2SG: firewallFacts(),
    EC21: instanceFacts("vm-k3s-s-host"),
    EC24: instanceFacts("vm-members-forum-vm-host"),
  };
}

function differences(template: Readonly<Record<string, Facts>>, ours: Readonly<Record<string, Facts>>) {
  return Object.keys({ ...template, ...ours }).flatMap((resource) =>
    Object.keys({ ...template[resource], ...ours[resource] }).flatMap((property) => {
      const [theirs, own] = [template[resource]?.[property], ours[resource]?.[property]];
      return theirs === own ? [] : [[`${resource}.${property}`, theirs, own] as const];
    }),
  );
}

const sorted = (rows: readonly (readonly [string, ...unknown[]])[]) =>
  [...rows].sort(([one], [other]) => one.localeCompare(other));

describe("the vm lab on AWS and the notes' CloudFormation template", () => {
  it("differ in what has a reason, and in nothing else", () => {
    const explained = DIFFERENCES.map(([fact, template, ours]) => [fact, template, ours] as const);
    expect(sorted(differences(TEMPLATE, registeredFacts()))).toEqual(sorted(explained));
  });

  it("have the same parameters, with the same defaults", () => {
    const config = parseLabConfig({ lab: "vm", platform: "aws" }) as AwsVmLabConfig;
    expect({
      TargetRegion: config.region,
      AvailabilityZone1: config.availabilityZones[0],
      AvailabilityZone2: config.availabilityZones[1],
      VpcBlock: config.vpcCidr,
      PublicSubnet1Block: config.subnetCidrs[0],
      PublicSubnet2Block: config.subnetCidrs[1],
      MyInstanceType: config.cluster.instanceType,
      LatestAmiId: config.amiParameter,
      KeyName: config.keyPair?.name,
      // The whole world in the template.
      SgIngressSshCidr: config.ingressCidr,
    }).toEqual({
      TargetRegion: "ap-northeast-2",
      AvailabilityZone1: "ap-northeast-2a",
      AvailabilityZone2: "ap-northeast-2c",
      VpcBlock: "192.168.0.0/16",
      PublicSubnet1Block: "192.168.10.0/24",
      PublicSubnet2Block: "192.168.20.0/24",
      MyInstanceType: "t3.xlarge",
      LatestAmiId: "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
      KeyName: undefined,
      SgIngressSshCidr: "auto",
    });
  });
});
