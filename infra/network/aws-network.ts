import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { firewallRules, type FirewallArgs } from "./aws-firewall";
import type { Tagging } from "./aws-tags";

/** A public subnet of the study notes' template. */
export interface AwsSubnet {
  /** e.g. `192.168.10.0/24`. */
  readonly cidr: string;
  /** e.g. `ap-northeast-2a`. */
  readonly availabilityZone: string;
}

/** What decides the lab's network on AWS. */
export interface AwsNetworkArgs {
  /** CIDR of the VPC. */
  readonly cidr: string;
  /** The first one holds the machines. */
  readonly subnets: readonly AwsSubnet[];
  /** Who may reach the machines from outside, and at which ports. */
  readonly firewall: Pick<FirewallArgs, "ingressCidr" | "openings">;
  readonly tagging: Tagging;
}

/**
 * A VPC with a way to the internet and a firewall that lets in one caller.
 * Children: `<name>-vpc`, `<name>-internet-gateway`, `<name>-routes`, `<name>-subnet-<n>`,
 * `<name>-association-<n>`, `<name>-firewall`, its rules, `<name>-default-firewall`.
 * @see study notes 13, CloudFormation template, IstioVPC to EC2SG
 */
export class AwsNetwork extends pulumi.ComponentResource {
  /** The VPC's id. */
  public readonly id: pulumi.Output<string>;
  /** CIDR of the VPC. */
  public readonly cidr: string;
  /** Id of the subnet that holds the machines; resolves once it has its way to the internet. */
  public readonly subnetId: pulumi.Output<string>;
  public readonly securityGroupId: pulumi.Output<string>;
  /** What a machine needs before it boots: its way out, and the rules by which it is reached. */
  public readonly passable: readonly pulumi.Resource[];

  public constructor(name: string, args: AwsNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:network:AwsNetwork", name, {}, options);
    const { cidr, tagging } = args;
    const vpc = new aws.ec2.Vpc(
      `${name}-vpc`,
      { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: tagging(`${name}-vpc`, "Istio-VPC") },
      { parent: this },
    );
    const subnets = args.subnets.map((subnet, index) => this.subnet(`${name}-subnet-${index + 1}`, vpc, subnet, args));
    const wayOut = this.wayOut(name, vpc, subnets, tagging);
    const group = this.firewall(name, vpc, tagging);
    const rules = firewallRules(
      `${name}-firewall`,
      { ...args.firewall, group, networkCidr: cidr, tagging },
      { parent: this },
    );

    this.id = vpc.id;
    this.cidr = cidr;
    this.subnetId = pulumi.output(subnets[0]?.id ?? "");
    this.securityGroupId = group.id;
    this.passable = [...wayOut, ...rules];
    this.registerOutputs({ id: this.id });
  }

  private subnet(name: string, vpc: aws.ec2.Vpc, subnet: AwsSubnet, { tagging }: AwsNetworkArgs): aws.ec2.Subnet {
    const number = name.slice(name.lastIndexOf("-") + 1);
    return new aws.ec2.Subnet(
      name,
      {
        vpcId: vpc.id,
        cidrBlock: subnet.cidr,
        availabilityZone: subnet.availabilityZone,
        // The machines have addresses of their own, which a stop does not take away: nothing else is to become public.
        mapPublicIpOnLaunch: false,
        tags: tagging(name, `Istio-PublicSubnet${number}`),
      },
      { parent: this },
    );
  }

  private wayOut(
    name: string,
    vpc: aws.ec2.Vpc,
    subnets: readonly aws.ec2.Subnet[],
    tagging: Tagging,
  ): pulumi.Resource[] {
    const inVpc = { vpcId: vpc.id };
    const gateway = new aws.ec2.InternetGateway(
      `${name}-internet-gateway`,
      { ...inVpc, tags: tagging(`${name}-internet-gateway`, "Istio-InternetGateway") },
      { parent: this },
    );
    // The route is part of its table: by itself it carries no tag, so that a killed run could not find it again.
    const routes = new aws.ec2.RouteTable(
      `${name}-routes`,
      {
        ...inVpc,
        routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }],
        tags: tagging(`${name}-routes`, "Istio-PublicSubnetRouteTable"),
      },
      { parent: this },
    );
    const associations = subnets.map(
      ({ id }, index) =>
        new aws.ec2.RouteTableAssociation(
          `${name}-association-${index + 1}`,
          { routeTableId: routes.id, subnetId: id },
          { parent: this },
        ),
    );
    return [gateway, routes, ...associations];
  }

  /** The group of the machines; that of the VPC's own, which nobody uses, is closed. */
  private firewall(name: string, vpc: aws.ec2.Vpc, tagging: Tagging): aws.ec2.SecurityGroup {
    new aws.ec2.DefaultSecurityGroup(
      `${name}-default-firewall`,
      { vpcId: vpc.id, tags: tagging(`${name}-default-firewall`, "Istio-SG-default") },
      { parent: this },
    );
    return new aws.ec2.SecurityGroup(
      `${name}-firewall`,
      {
        vpcId: vpc.id,
        description: "Istio lab: one caller and the machines themselves",
        tags: tagging(`${name}-firewall`, "Istio-SG"),
      },
      { parent: this },
    );
  }
}
