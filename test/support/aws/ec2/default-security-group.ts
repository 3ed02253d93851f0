import { tagsIn, textIn } from "../provider/inputs";
import { withTags, type ResourceType } from "../provider/resource-type";
import { all, find, remove, updateTags } from "./find";
import { describeGroup } from "./security-group";

/** A VPC's default group, which is there already: taken over with all its rules taken away; forgotten on deletion. */
export const defaultSecurityGroup: ResourceType = {
  title: "Default Security Group",
  describes: "DescribeSecurityGroups",
  fields: withTags({
    vpcId: { type: "string", replaces: true, computed: true },
  }),
  outputs: ["arn", "description", "name", "namePrefix", "ownerId"],
  async create(context, inputs) {
    const data = context.store.read();
    const id = find(data, "vpcs", textIn(inputs, "vpcId") ?? "").defaultSecurityGroupId;
    for (const direction of ["ingress", "egress"] as const) {
      const operation = direction === "ingress" ? "RevokeSecurityGroupIngress" : "RevokeSecurityGroupEgress";
      await context.store.call({ operation, region: context.region, resource: id }, (changed) => {
        const rules = all(changed, "securityGroupRules").filter((rule) => rule.securityGroupId === id);
        for (const rule of rules.filter(({ permission }) => permission.direction === direction)) {
          remove(changed, "securityGroupRules", rule.id);
        }
      });
    }
    await updateTags(context, "securityGroups", id, tagsIn(inputs));
    return id;
  },
  describe: describeGroup,
  update: (context, id, _olds, news) => updateTags(context, "securityGroups", id, tagsIn(news)),
  delete: () => Promise.resolve(),
};
