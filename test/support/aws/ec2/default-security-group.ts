import { tagsIn, textIn } from "../provider/inputs";
import { withTags, type ResourceType } from "../provider/resource-type";
import { find, updateTags } from "./find";
import { dropRules, inlineRuleFields, setInlineRules } from "./inline-rules";
import { describeGroup } from "./security-group";

/**
 * A VPC's default group, which is there already: taken over with all its rules taken away, except those that the program
 * gives; forgotten on deletion.
 */
export const defaultSecurityGroup: ResourceType = {
  title: "Default Security Group",
  describes: "DescribeSecurityGroups",
  fields: withTags({
    vpcId: { type: "string", replaces: true, computed: true },
    revokeRulesOnDelete: { type: "boolean", default: false },
    ...inlineRuleFields,
  }),
  outputs: ["arn", "description", "name", "namePrefix", "ownerId"],
  async create(context, inputs) {
    const data = context.store.read();
    const id = find(data, "vpcs", textIn(inputs, "vpcId") ?? "").defaultSecurityGroupId;
    for (const direction of ["ingress", "egress"] as const) {
      const operation = direction === "ingress" ? "RevokeSecurityGroupIngress" : "RevokeSecurityGroupEgress";
      await context.store.call({ operation, region: context.region, resource: id }, (changed) => {
        dropRules(changed, id, direction);
      });
    }
    await updateTags(context, "securityGroups", id, tagsIn(inputs));
    return id;
  },
  settle: setInlineRules,
  describe: describeGroup,
  async update(context, id, _olds, news) {
    await setInlineRules(context, id, news);
    await updateTags(context, "securityGroups", id, tagsIn(news));
  },
  delete: () => Promise.resolve(),
};
