import { parseCidr } from "../../../../infra/core/addresses";
import type { PropertyMap } from "../../rpc/property-value";
import type { CheckFailure } from "../../rpc/provider";
import { arnOf, type AccountData, type Vpc } from "../account-data";
import { ApiError } from "../api-error";
import { newId } from "../identifiers";
import { flagIn, requiredText, tagsIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { all, find, networkOf, remove, updateTags } from "./find";

/** How many VPCs a region of a new AWS account may have. */
const vpcLimit = 5;

/** A virtual private cloud, with the route table and the security group that come with it. */
export const vpc: ResourceType = {
  title: "EC2 VPC",
  describes: "DescribeVpcs",
  fields: withTags({
    cidrBlock: { type: "string", required: true, replaces: true },
    enableDnsHostnames: { type: "boolean", computed: true },
    enableDnsSupport: { type: "boolean", default: true },
  }),
  outputs: ["arn", "defaultRouteTableId", "defaultSecurityGroupId", "mainRouteTableId", "ownerId"],
  check: checkVpc,
  create: createVpc,
  describe: describeVpc,
  async update(context, id, _olds, news) {
    await context.store.call({ operation: "ModifyVpcAttribute", region: context.region, resource: id }, (data) => {
      setDns(find(data, "vpcs", id), news);
    });
    await updateTags(context, "vpcs", id, tagsIn(news));
  },
  delete: (context, id) =>
    context.store.call({ operation: "DeleteVpc", region: context.region, resource: id }, (data) => {
      deleteVpc(data, id);
    }),
};

function checkVpc(inputs: PropertyMap): CheckFailure[] {
  const cidr = requiredText(inputs, "cidrBlock");
  const network = networkOf(cidr);
  if (cidr !== "" && network === undefined) {
    return [{ property: "cidrBlock", reason: `expected cidr_block to contain a valid network Value, got: ${cidr}` }];
  }
  if (network !== undefined && (network.prefix < 16 || network.prefix > 28)) {
    const bits = `between 16 and 28 significant bits, got: ${network.prefix}`;
    return [{ property: "cidrBlock", reason: `expected "cidr_block" to contain a network Value with ${bits}` }];
  }
  return [];
}

function createVpc(context: Context, inputs: PropertyMap): Promise<string> {
  const { region } = context;
  return context.store.call({ operation: "CreateVpc", region }, (data) => {
    const cidrBlock = requiredText(inputs, "cidrBlock");
    const { prefix } = parseCidr(cidrBlock);
    if (prefix < 16 || prefix > 28) {
      throw new ApiError("InvalidVpc.Range", `The CIDR '${cidrBlock}' is invalid.`);
    }
    if (all(data, "vpcs").filter((each) => each.region === region).length >= vpcLimit) {
      throw new ApiError("VpcLimitExceeded", "The maximum number of VPCs has been reached.");
    }
    const made: Vpc = {
      id: newId("vpc"),
      region,
      tags: tagsIn(inputs),
      cidrBlock,
      defaultSecurityGroupId: newId("sg"),
      mainRouteTableId: newId("rtb"),
      enableDnsSupport: true,
      enableDnsHostnames: false,
    };
    setDns(made, inputs);
    data.vpcs[made.id] = made;
    addDefaults(data, made);
    return made.id;
  });
}

/** The route table and the group, with its two rules, that AWS makes along with a VPC. */
function addDefaults(data: AccountData, made: Vpc): void {
  const common = { region: made.region, tags: {}, vpcId: made.id };
  const table = { ...common, id: made.mainRouteTableId, main: true, routes: [], associations: [] };
  data.routeTables[table.id] = table;
  const id = made.defaultSecurityGroupId;
  data.securityGroups[id] = {
    ...common,
    id,
    name: "default",
    description: "default VPC security group",
    isDefault: true,
  };
  const everything = { ipProtocol: "-1", fromPort: -1, toPort: -1 };
  for (const permission of [
    { ...everything, direction: "ingress", referencedSecurityGroupId: id } as const,
    { ...everything, direction: "egress", cidrIpv4: "0.0.0.0/0" } as const,
  ]) {
    const ruleId = newId("sgr");
    data.securityGroupRules[ruleId] = {
      id: ruleId,
      region: made.region,
      tags: {},
      securityGroupId: id,
      permission,
    };
  }
}

function setDns(found: Vpc, inputs: PropertyMap): void {
  found.enableDnsSupport = flagIn(inputs, "enableDnsSupport") ?? found.enableDnsSupport;
  found.enableDnsHostnames = flagIn(inputs, "enableDnsHostnames") ?? found.enableDnsHostnames;
  if (found.enableDnsHostnames && !found.enableDnsSupport) {
    throw new ApiError("InvalidParameterCombination", "DNS hostnames need DNS support to be enabled.");
  }
}

function describeVpc(data: AccountData, id: string): PropertyMap | undefined {
  const found = data.vpcs[id];
  return (
    found && {
      arn: arnOf(data, "vpcs", found),
      cidrBlock: found.cidrBlock,
      defaultRouteTableId: found.mainRouteTableId,
      defaultSecurityGroupId: found.defaultSecurityGroupId,
      enableDnsHostnames: found.enableDnsHostnames,
      enableDnsSupport: found.enableDnsSupport,
      mainRouteTableId: found.mainRouteTableId,
      ownerId: data.accountId,
      tags: found.tags,
    }
  );
}

function deleteVpc(data: AccountData, id: string): void {
  const found = find(data, "vpcs", id);
  const inside = (each: { readonly vpcId?: string }): boolean => each.vpcId === id;
  const holders = [
    ...all(data, "subnets").filter(inside),
    ...all(data, "internetGateways").filter(inside),
    ...all(data, "networkInterfaces").filter(inside),
    ...all(data, "securityGroups").filter((group) => inside(group) && !group.isDefault),
    ...all(data, "routeTables").filter((table) => inside(table) && !table.main),
  ];
  if (holders.length > 0) {
    throw new ApiError("DependencyViolation", `The vpc '${id}' has dependencies and cannot be deleted.`);
  }
  for (const rule of all(data, "securityGroupRules")) {
    if (rule.securityGroupId === found.defaultSecurityGroupId) {
      remove(data, "securityGroupRules", rule.id);
    }
  }
  remove(data, "securityGroups", found.defaultSecurityGroupId);
  remove(data, "routeTables", found.mainRouteTableId);
  remove(data, "vpcs", id);
}
