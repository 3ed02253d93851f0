import type { PropertyMap } from "../../rpc/property-value";
import type { CheckFailure } from "../../rpc/provider";
import { arnOf, type AccountData, type SecurityGroup } from "../account-data";
import { ApiError, invalidValue } from "../api-error";
import { newId } from "../identifiers";
import { requiredText, tagsIn, textIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { all, find, remove, updateTags } from "./find";
import { allowedText } from "./permission";

/** A security group of a VPC. Nothing may leave until a rule says so: the official provider takes AWS's first rule away. */
export const securityGroup: ResourceType = {
  title: "Security Group",
  describes: "DescribeSecurityGroups",
  fields: withTags({
    name: { type: "string", replaces: true, autoname: true },
    description: { type: "string", replaces: true, default: "Managed by Pulumi" },
    vpcId: { type: "string", replaces: true, computed: true },
  }),
  outputs: ["arn", "ownerId", "namePrefix"],
  check: checkGroup,
  create: createGroup,
  describe: describeGroup,
  update: (context, id, _olds, news) => updateTags(context, "securityGroups", id, tagsIn(news)),
  delete: (context, id) =>
    context.store.call({ operation: "DeleteSecurityGroup", region: context.region, resource: id }, (data) => {
      deleteGroup(data, id);
    }),
};

function checkGroup(inputs: PropertyMap): CheckFailure[] {
  return (textIn(inputs, "name") ?? "").startsWith("sg-")
    ? [{ property: "name", reason: "invalid value for name (cannot begin with sg-)" }]
    : [];
}

function createGroup(context: Context, inputs: PropertyMap): Promise<string> {
  const { region } = context;
  return context.store.call({ operation: "CreateSecurityGroup", region }, (data) => {
    const [name, description] = [requiredText(inputs, "name"), requiredText(inputs, "description")];
    if (textIn(inputs, "vpcId") === undefined) {
      throw new ApiError("VPCIdNotSpecified", "No default VPC for this user");
    }
    const vpcId = find(data, "vpcs", requiredText(inputs, "vpcId")).id;
    if (!allowedText.test(description) || description === "") {
      throw invalidValue(
        "Invalid security group description. Valid descriptions are strings less than 256 characters from the " +
          "following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
      );
    }
    if (!allowedText.test(name) || name === "") {
      throw invalidValue(`Value (${name}) for parameter GroupName is invalid.`);
    }
    if (all(data, "securityGroups").some((each) => each.vpcId === vpcId && each.name === name)) {
      throw new ApiError("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpcId}'`);
    }
    const made: SecurityGroup = {
      id: newId("sg"),
      region,
      tags: tagsIn(inputs),
      vpcId,
      name,
      description,
      isDefault: false,
    };
    data.securityGroups[made.id] = made;
    return made.id;
  });
}

/** What a group says of itself, also the default one. */
export function describeGroup(data: AccountData, id: string): PropertyMap | undefined {
  const found = data.securityGroups[id];
  return (
    found && {
      arn: arnOf(data, "securityGroups", found),
      description: found.description,
      name: found.name,
      namePrefix: "",
      ownerId: data.accountId,
      tags: found.tags,
      vpcId: found.vpcId,
    }
  );
}

function deleteGroup(data: AccountData, id: string): void {
  const found = find(data, "securityGroups", id);
  const rules = all(data, "securityGroupRules");
  if (all(data, "networkInterfaces").some((each) => each.securityGroupIds.includes(id))) {
    throw new ApiError("DependencyViolation", `resource ${id} has a dependent object`);
  }
  if (found.isDefault) {
    throw new ApiError("CannotDelete", `the specified group: "${id}" name: "default" cannot be deleted by a user`);
  }
  for (const rule of rules.filter((each) => each.securityGroupId === id)) {
    remove(data, "securityGroupRules", rule.id);
  }
  remove(data, "securityGroups", id);
}
