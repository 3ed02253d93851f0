import type { PropertyMap } from "../../rpc/property-value";
import type { CheckFailure } from "../../rpc/provider";
import { arnOf, type AccountData, type Permission } from "../account-data";
import { defined, isGiven, numberIn, requiredText, tagsIn, textIn } from "../provider/inputs";
import { withTags, type Context, type ResourceType } from "../provider/resource-type";
import { cidrFailures, find, remove, updateTags } from "./find";
import { addRule, refusePermission } from "./permission";

/** One rule for what may come in. */
export const securityGroupIngressRule = ruleType("ingress");

/** One rule for what may go out. */
export const securityGroupEgressRule = ruleType("egress");

function ruleType(direction: Permission["direction"]): ResourceType {
  const word = direction === "ingress" ? "Ingress" : "Egress";
  return {
    title: `VPC Security Group ${word} Rule`,
    describes: "DescribeSecurityGroupRules",
    fields: withTags({
      securityGroupId: { type: "string", required: true, replaces: true },
      ipProtocol: { type: "string", required: true },
      fromPort: { type: "number" },
      toPort: { type: "number" },
      description: { type: "string" },
      cidrIpv4: { type: "string", required: true },
    }),
    outputs: ["arn", "securityGroupRuleId"],
    check: checkRule,
    create: (context, inputs) => authorize(context, inputs, direction, word),
    describe: (data, id) => describeRule(data, id, direction),
    async update(context, id, _olds, news) {
      const call = { operation: "ModifySecurityGroupRules", region: context.region, resource: id };
      await context.store.call(call, (data) => {
        const rule = find(data, "securityGroupRules", id);
        const permission = permissionIn(news, direction);
        refusePermission(data, rule.securityGroupId, permission, id);
        rule.permission = permission;
      });
      await updateTags(context, "securityGroupRules", id, tagsIn(news));
    },
    delete: (context, id) =>
      context.store.call({ operation: `RevokeSecurityGroup${word}`, region: context.region, resource: id }, (data) => {
        remove(data, "securityGroupRules", id);
      }),
  };
}

/** Tags come with a call of their own, as the official provider has it. */
async function authorize(
  context: Context,
  inputs: PropertyMap,
  direction: Permission["direction"],
  word: string,
): Promise<string> {
  const call = { operation: `AuthorizeSecurityGroup${word}`, region: context.region };
  const id = await context.store.call(call, (data) =>
    addRule(data, requiredText(inputs, "securityGroupId"), permissionIn(inputs, direction)),
  );
  await updateTags(context, "securityGroupRules", id, tagsIn(inputs));
  return id;
}

function checkRule(inputs: PropertyMap): CheckFailure[] {
  const failures: CheckFailure[] = cidrFailures(inputs, "cidrIpv4", "cidr_ipv4");
  const protocol = textIn(inputs, "ipProtocol");
  const ported = isGiven(inputs["fromPort"]) || isGiven(inputs["toPort"]);
  if ((protocol === "-1" || protocol === "all") && ported) {
    failures.push({ property: "fromPort", reason: "from_port and to_port cannot be set when ip_protocol is -1" });
  }
  for (const name of ["fromPort", "toPort"]) {
    const port = numberIn(inputs, name) ?? 0;
    if (port < -1 || port > 65535) {
      failures.push({ property: name, reason: `value must be between -1 and 65535, got: ${port}` });
    }
  }
  return failures;
}

function permissionIn(inputs: PropertyMap, direction: Permission["direction"]): Permission {
  const protocol = requiredText(inputs, "ipProtocol").toLowerCase();
  const description = textIn(inputs, "description");
  return {
    direction,
    ipProtocol: protocol === "all" ? "-1" : protocol,
    fromPort: numberIn(inputs, "fromPort") ?? -1,
    toPort: numberIn(inputs, "toPort") ?? -1,
    cidrIpv4: requiredText(inputs, "cidrIpv4"),
    ...(description === undefined ? {} : { description }),
  };
}

function describeRule(data: AccountData, id: string, direction: Permission["direction"]): PropertyMap | undefined {
  const found = data.securityGroupRules[id];
  if (found?.permission.direction !== direction) {
    return undefined;
  }
  const { direction: _direction, fromPort, toPort, ...permission } = found.permission;
  const everything = permission.ipProtocol === "-1";
  return defined({
    arn: arnOf(data, "securityGroupRules", found),
    ...permission,
    fromPort: everything ? undefined : fromPort,
    toPort: everything ? undefined : toPort,
    securityGroupId: found.securityGroupId,
    securityGroupRuleId: id,
    tags: found.tags,
  });
}
