import type { PropertyMap } from "../../rpc/property-value";
import type { AccountData, Permission } from "../account-data";
import { defined, flagIn, numberIn, objectsIn, requiredText, textIn, textsIn } from "../provider/inputs";
import type { Context, Field, Fields } from "../provider/resource-type";
import { all, remove } from "./find";
import { addRule } from "./permission";

type Direction = Permission["direction"];

const rules: Field = {
  type: "objects",
  computed: true,
  fields: {
    cidrBlocks: { type: "strings" },
    description: { type: "string" },
    fromPort: { type: "number", required: true },
    protocol: { type: "string", required: true },
    securityGroups: { type: "set" },
    self: { type: "boolean" },
    toPort: { type: "number", required: true },
  },
};

/** The rules that a group has inline. */
export const inlineRuleFields: Fields = { ingress: rules, egress: rules };

/** Makes inline rules all rules of their direction; a direction without any is left to rules of their own. */
export async function setInlineRules(context: Context, groupId: string, inputs: PropertyMap): Promise<void> {
  for (const direction of ["ingress", "egress"] as const) {
    const wanted = objectsIn(inputs, direction);
    if (wanted !== undefined) {
      const verb = direction === "ingress" ? "AuthorizeSecurityGroupIngress" : "AuthorizeSecurityGroupEgress";
      await context.store.call({ operation: verb, region: context.region, resource: groupId }, (data) => {
        dropRules(data, groupId, direction);
        for (const permission of wanted.flatMap((rule) => permissionsIn(rule, groupId, direction))) {
          addRule(data, groupId, permission);
        }
      });
    }
  }
}

/** Takes all rules of a direction away. */
export function dropRules(data: AccountData, groupId: string, direction: Direction): void {
  for (const rule of all(data, "securityGroupRules")) {
    if (rule.securityGroupId === groupId && rule.permission.direction === direction) {
      remove(data, "securityGroupRules", rule.id);
    }
  }
}

function permissionsIn(rule: PropertyMap, groupId: string, direction: Direction): Permission[] {
  const protocol = requiredText(rule, "protocol");
  const description = textIn(rule, "description");
  const everything = protocol === "-1" || protocol === "all";
  const common = {
    direction,
    ipProtocol: everything ? "-1" : protocol,
    fromPort: everything ? -1 : (numberIn(rule, "fromPort") ?? -1),
    toPort: everything ? -1 : (numberIn(rule, "toPort") ?? -1),
    ...(description === undefined ? {} : { description }),
  };
  const groups = [...(textsIn(rule, "securityGroups") ?? []), ...(flagIn(rule, "self") === true ? [groupId] : [])];
  return [
    ...(textsIn(rule, "cidrBlocks") ?? []).map((cidrIpv4) => ({ ...common, cidrIpv4 })),
    ...groups.map((referencedSecurityGroupId) => ({ ...common, referencedSecurityGroupId })),
  ];
}

/** A group's rules in the inline form. */
export function inlineRules(data: AccountData, groupId: string): PropertyMap {
  const own = all(data, "securityGroupRules").filter((each) => each.securityGroupId === groupId);
  const inline = (direction: Direction): PropertyMap[] =>
    own
      .map(({ permission }) => permission)
      .filter((permission) => permission.direction === direction)
      .map((permission) => inlineRule(permission, groupId));
  return { ingress: inline("ingress"), egress: inline("egress") };
}

function inlineRule(permission: Permission, groupId: string): PropertyMap {
  const { cidrIpv4, referencedSecurityGroupId: group } = permission;
  const everything = permission.ipProtocol === "-1";
  return defined({
    protocol: permission.ipProtocol,
    fromPort: everything ? 0 : permission.fromPort,
    toPort: everything ? 0 : permission.toPort,
    description: permission.description,
    cidrBlocks: cidrIpv4 === undefined ? undefined : [cidrIpv4],
    securityGroups: group === undefined || group === groupId ? undefined : [group],
    self: group === groupId ? true : undefined,
  });
}
