import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Tagging } from "./aws-tags";

/** TCP ports that the caller may reach. */
export interface Opening {
  /** Part of the rule's name, e.g. `ssh`. */
  readonly name: string;
  readonly from: number;
  /** Default: the same port. */
  readonly to?: number;
  /** What is there, for the rule's description. */
  readonly what: string;
}

/** What decides the rules of a security group. */
export interface FirewallArgs {
  readonly group: aws.ec2.SecurityGroup;
  /** CIDR of the VPC: its machines reach each other. */
  readonly networkCidr: string;
  /** CIDR of the caller, e.g. `203.0.113.7/32`. */
  readonly ingressCidr: string;
  readonly openings: readonly Opening[];
  readonly tagging: Tagging;
}

/**
 * The rules of a security group, each one a resource of its own with a description: `<name>-in-<opening>`, `<name>-in-network`, `<name>-out`.
 * The machines may call everywhere, since they fetch packages and images from all over the world.
 */
export function firewallRules(
  name: string,
  { group, networkCidr, ingressCidr, openings, tagging }: FirewallArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const securityGroupId = group.id;
  const fromCaller = openings.map(
    ({ name: opening, from, to = from, what }) =>
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-in-${opening}`,
        {
          securityGroupId,
          description: `The caller: ${what}`,
          cidrIpv4: ingressCidr,
          ipProtocol: "tcp",
          fromPort: from,
          toPort: to,
          tags: tagging(`${name}-in-${opening}`, `Istio-SG-${opening}`),
        },
        options,
      ),
  );
  const fromNetwork = new aws.vpc.SecurityGroupIngressRule(
    `${name}-in-network`,
    {
      securityGroupId,
      description: "The machines of the lab among themselves",
      cidrIpv4: networkCidr,
      ipProtocol: "-1",
      tags: tagging(`${name}-in-network`, "Istio-SG-network"),
    },
    options,
  );
  const out = new aws.vpc.SecurityGroupEgressRule(
    `${name}-out`,
    {
      securityGroupId,
      description: "Packages, releases and images come from all over the world",
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "-1",
      tags: tagging(`${name}-out`, "Istio-SG-out"),
    },
    options,
  );
  return [...fromCaller, fromNetwork, out];
}
