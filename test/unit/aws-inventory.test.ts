import { describe, expect, it } from "vitest";
import { idOf, idOfPending, kindOf, stackTags, type AwsInventory } from "../../infra/core/aws-inventory";

const arn = (resource: string) => `arn:aws:ec2:ap-northeast-2:123456789012:${resource}`;
const inventory: AwsInventory = {
  resources: [
    { arn: arn("vpc/vpc-01"), tags: { resource: "vm-network-vpc" } },
    { arn: arn("instance/i-02"), tags: { resource: "vm-k3s-s-host-instance" } },
    { arn: arn("elastic-ip/eipalloc-03"), tags: { resource: "vm-k3s-s-host-public-address" } },
    { arn: arn("security-group-rule/sgr-04"), tags: { resource: "vm-network-firewall-in-ssh" } },
    { arn: arn("key-pair/key-05"), tags: { resource: "vm-key-pair" } },
  ],
  routeTableAssociations: [{ id: "rtbassoc-06", routeTable: "rtb-1", subnet: "subnet-1" }],
  addressAssociations: [{ id: "eipassoc-07", allocation: "eipalloc-03" }],
};
const urn = (type: string, name: string) => `urn:pulumi:dev::istio-lab::istio-lab:lab:VmLab$${type}::${name}`;
const idFor = (type: string, name: string, inputs: Record<string, unknown> = {}) =>
  idOfPending({ urn: urn(type, name), type, inputs }, inventory);

describe("the id of a resource that a killed run was making", () => {
  it.each([
    ["aws:ec2/vpc:Vpc", "vm-network-vpc", {}, "vpc-01"],
    ["aws:ec2/instance:Instance", "vm-k3s-s-host-instance", {}, "i-02"],
    ["aws:ec2/eip:Eip", "vm-k3s-s-host-public-address", {}, "eipalloc-03"],
    ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "vm-network-firewall-in-ssh", {}, "sgr-04"],
    ["aws:ec2/keyPair:KeyPair", "vm-key-pair", { keyName: "istio-lab-dev-key" }, "istio-lab-dev-key"],
    [
      "aws:ec2/routeTableAssociation:RouteTableAssociation",
      "vm-network-association-1",
      { routeTableId: "rtb-1", subnetId: "subnet-1" },
      "rtbassoc-06",
    ],
    ["aws:ec2/eipAssociation:EipAssociation", "any", { allocationId: "eipalloc-03" }, "eipassoc-07"],
  ])("is that of the one that AWS has: %s", (type, name, inputs, id) => {
    expect(idFor(type, name, inputs)).toBe(id);
  });

  it.each([
    ["aws:ec2/vpc:Vpc", "vm-network-vpc-2", {}],
    ["aws:ec2/keyPair:KeyPair", "vm-other-pair", { keyName: "istio-lab-dev-key" }],
    ["aws:ec2/routeTableAssociation:RouteTableAssociation", "any", { routeTableId: "rtb-1", subnetId: "subnet-2" }],
    ["aws:ec2/eipAssociation:EipAssociation", "any", { allocationId: "eipalloc-04" }],
  ])("is none if AWS has none, since it was not made: %s %s", (type, name, inputs) => {
    expect(idFor(type, name, inputs)).toBeUndefined();
  });
});

describe("an ARN", () => {
  it.each([
    ["instance/i-02", "instance", "i-02"],
    ["elastic-ip/eipalloc-03", "elastic-ip", "eipalloc-03"],
    ["security-group-rule/sgr-04", "security-group-rule", "sgr-04"],
  ])("%s is of kind %s with id %s", (resource, kind, id) => {
    expect([kindOf(arn(resource)), idOf(arn(resource))]).toEqual([kind, id]);
  });
});

describe("the tags of a stack", () => {
  it("name project and stack, and the state folder that tells it from a stack of the same name elsewhere", () => {
    expect(stackTags({ stack: "dev", stateId: "0123456789abcdef" })).toEqual({
      project: "istio-lab",
      stack: "dev",
      "lab-id": "0123456789abcdef",
    });
  });
});
