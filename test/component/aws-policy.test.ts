import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { awsRegistrations } from "../support/aws-lab";

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string;
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, string>> };
}

const file = join(__dirname, "..", "..", "lab", "vm", "aws-policy.json");
const { Statement: statements } = JSON.parse(readFileSync(file, "utf8")) as { Statement: readonly Statement[] };
const allowed = statements.flatMap(({ Action }) => Action);

const ec2 = (...actions: readonly string[]) => actions.map((action) => `ec2:${action}`);
const TAGS = ec2("CreateTags", "DeleteTags");

/**
 * What the provider calls to make, read, change and remove a resource of each type.
 * Source: the calls of the Terraform resources that Pulumi's provider is made of.
 */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  "pulumi:providers:aws": ["sts:GetCallerIdentity", ...ec2("DescribeAccountAttributes")],
  "aws:ec2/vpc:Vpc": [
    ...ec2("CreateVpc", "DeleteVpc", "DescribeVpcs", "DescribeVpcAttribute", "ModifyVpcAttribute"),
    ...ec2("DescribeNetworkAcls", "DescribeRouteTables", "DescribeSecurityGroups"),
    ...TAGS,
  ],
  "aws:ec2/subnet:Subnet": [
    ...ec2("CreateSubnet", "DeleteSubnet", "DescribeSubnets", "ModifySubnetAttribute"),
    ...TAGS,
  ],
  "aws:ec2/internetGateway:InternetGateway": [
    ...ec2("CreateInternetGateway", "AttachInternetGateway", "DescribeInternetGateways"),
    ...ec2("DetachInternetGateway", "DeleteInternetGateway"),
    ...TAGS,
  ],
  "aws:ec2/routeTable:RouteTable": [
    ...ec2("CreateRouteTable", "DeleteRouteTable", "DescribeRouteTables", "CreateRoute", "ReplaceRoute", "DeleteRoute"),
    ...ec2("DisassociateRouteTable"),
    ...TAGS,
  ],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ec2(
    "AssociateRouteTable",
    "DisassociateRouteTable",
    "ReplaceRouteTableAssociation",
    "DescribeRouteTables",
  ),
  "aws:ec2/securityGroup:SecurityGroup": [
    ...ec2("CreateSecurityGroup", "DeleteSecurityGroup", "DescribeSecurityGroups", "DescribeNetworkInterfaces"),
    // A new group lets everything out until the provider takes that away.
    ...ec2("RevokeSecurityGroupEgress"),
    ...TAGS,
  ],
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": [
    ...ec2("DescribeSecurityGroups", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
    ...TAGS,
  ],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
    ...ec2("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "DescribeSecurityGroupRules"),
    ...ec2("ModifySecurityGroupRules"),
    ...TAGS,
  ],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": [
    ...ec2("AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress", "DescribeSecurityGroupRules"),
    ...ec2("ModifySecurityGroupRules"),
    ...TAGS,
  ],
  "aws:ec2/keyPair:KeyPair": [...ec2("ImportKeyPair", "DeleteKeyPair", "DescribeKeyPairs"), ...TAGS],
  "aws:ec2/networkInterface:NetworkInterface": [
    ...ec2("CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "DetachNetworkInterface"),
    ...ec2("ModifyNetworkInterfaceAttribute", "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"),
    ...TAGS,
  ],
  "aws:ec2/eip:Eip": [
    ...ec2("AllocateAddress", "ReleaseAddress", "DescribeAddresses", "DescribeAddressesAttribute"),
    ...ec2("DisassociateAddress"),
    ...TAGS,
  ],
  "aws:ec2/eipAssociation:EipAssociation": ec2("AssociateAddress", "DisassociateAddress", "DescribeAddresses"),
  "aws:ec2/instance:Instance": [
    ...ec2("RunInstances", "TerminateInstances", "StopInstances", "StartInstances", "DescribeInstances"),
    ...ec2("DescribeImages", "DescribeInstanceAttribute", "DescribeInstanceTypes", "DescribeTags", "DescribeVolumes"),
    ...ec2("DescribeInstanceCreditSpecifications", "ModifyInstanceAttribute", "ModifyInstanceMetadataOptions"),
    ...ec2("ModifyVolume", "DescribeVolumesModifications", "DescribeVpcs", "DescribeSubnets"),
    ...TAGS,
  ],
  "aws:ec2transitgateway/instanceState:InstanceState": ec2("StartInstances", "StopInstances", "DescribeInstances"),
};

/** What the program and `destroy` ask AWS by functions: the image, and what is left. */
const QUESTIONS = [
  "ssm:GetParameter",
  "tag:GetResources",
  ...ec2("DescribeInstances", "DescribeRouteTables", "DescribeAddresses"),
];

const sorted = (actions: readonly string[]) => [...new Set(actions)].sort();

describe("the policy that the lab on AWS needs", () => {
  it("allows what the types of the lab's resources call, and nothing else", async () => {
    const all = await awsRegistrations();
    const types = all.map(({ type }) => type).filter((type) => /^(pulumi:providers:aws|aws:.*)$/.test(type));
    expect(types.filter((type) => CALLS[type] === undefined)).toEqual([]);
    expect(Object.keys(CALLS).filter((type) => !types.includes(type))).toEqual([]);
    const needed = types.flatMap((type) => CALLS[type] ?? []);
    expect(sorted(allowed)).toEqual(sorted([...needed, ...QUESTIONS]));
  });

  it("has no wildcard among its actions", () => {
    expect(allowed.filter((action) => action.includes("*"))).toEqual([]);
  });

  it("is good in one region only, wherever a call has a region", () => {
    const regional = statements.filter(({ Sid }) => !["Who", "Image"].includes(Sid));
    expect(regional.map(({ Condition }) => Condition?.StringEquals["aws:RequestedRegion"])).toEqual(
      regional.map(() => "ap-northeast-2"),
    );
    expect(statements.find(({ Sid }) => Sid === "Image")?.Resource).toContain(":ap-northeast-2:");
  });

  it("stops and terminates instances of this project only", () => {
    const dangerous = statements.filter(({ Action }) => [Action].flat().includes("ec2:TerminateInstances"));
    expect(dangerous.map(({ Condition }) => Condition?.StringEquals["aws:ResourceTag/project"])).toEqual(["istio-lab"]);
  });
});
