import type { ProcessIdentity } from "../../../infra/core/workstation/processes";

/** Tags of a resource, name to value. */
export type Tags = Record<string, string>;

/** What every resource of the account has. */
export interface Resource {
  readonly id: string;
  readonly region: string;
  tags: Tags;
}

/** A virtual private cloud. */
export interface Vpc extends Resource {
  readonly cidrBlock: string;
  readonly defaultSecurityGroupId: string;
  readonly mainRouteTableId: string;
  enableDnsSupport: boolean;
  enableDnsHostnames: boolean;
}

/** A subnet of a VPC. */
export interface Subnet extends Resource {
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  mapPublicIpOnLaunch: boolean;
}

/** An internet gateway; `vpcId` only while it is attached. */
export interface InternetGateway extends Resource {
  vpcId?: string;
}

/** A route table; a VPC's main one goes with the VPC. */
export interface RouteTable extends Resource {
  readonly vpcId: string;
  readonly main: boolean;
  routes: { readonly destination: string; readonly gatewayId: string }[];
  associations: { readonly id: string; readonly subnetId: string }[];
}

/** A security group; a VPC's default one goes with the VPC. */
export interface SecurityGroup extends Resource {
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  readonly isDefault: boolean;
}

/** What a rule lets through: a network, or a group, which only a VPC's own first rule names. */
export interface Permission {
  readonly direction: "ingress" | "egress";
  /** `tcp`, `udp`, `icmp`, a number, or `-1` for all. */
  readonly ipProtocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrIpv4?: string;
  readonly referencedSecurityGroupId?: string;
  readonly description?: string;
}

/** One rule of a security group. */
export interface SecurityGroupRule extends Resource {
  readonly securityGroupId: string;
  permission: Permission;
}

/** An imported public key. */
export interface KeyPair extends Resource {
  readonly keyName: string;
  readonly keyType: "rsa" | "ed25519";
  readonly fingerprint: string;
  readonly publicKey: string;
}

/** How a network interface hangs on an instance. */
export interface Attachment {
  readonly attachmentId: string;
  readonly instanceId: string;
  readonly deviceIndex: number;
}

/** A network interface; the first of its private addresses is the primary one. */
export interface NetworkInterface extends Resource {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly macAddress: string;
  privateIps: string[];
  securityGroupIds: string[];
  description: string;
  attachment?: Attachment;
}

/** An Elastic IP; its id is the allocation's. */
export interface ElasticIp extends Resource {
  readonly publicIp: string;
  association?: {
    readonly id: string;
    readonly networkInterfaceId: string;
    readonly privateIp: string;
  };
}

/** EC2's names of an instance's states. */
export type InstanceState = "pending" | "running" | "stopping" | "stopped" | "shutting-down" | "terminated";

/** Settings of the instance metadata service. */
export interface MetadataOptions {
  httpEndpoint: string;
  httpPutResponseHopLimit: number;
  httpTokens: string;
  instanceMetadataTags: string;
}

/** An instance. */
export interface Instance extends Resource {
  readonly ami: string;
  readonly image: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly keyName?: string;
  readonly networkInterfaceId: string;
  readonly rootVolumeId: string;
  instanceType: string;
  userData: string;
  shutdownBehavior: string;
  metadataOptions: MetadataOptions;
  state: InstanceState;
  /** Milliseconds since 1970 at which `pending` becomes `running`. */
  runningAt: number;
  /** Whether the machine was told to boot: a machine that is gone before that is no sign of anything. */
  booted: boolean;
  /** The process that is telling it. AWS boots an instance also if the program that asked for it was killed. */
  booter: ProcessIdentity | undefined;
}

/** An instance's root volume. */
export interface Volume extends Resource {
  readonly instanceId: string;
  readonly availabilityZone: string;
  readonly encrypted: boolean;
  size: number;
  type: string;
  deleteOnTermination: boolean;
}

/** An image that instances can boot. */
export interface Ami {
  /** Docker image that a machine of this AMI runs. */
  readonly image: string;
  /** Default /dev/sda1. */
  readonly rootDeviceName?: string;
  /** GiB; a root volume is at least as large. Default 8. */
  readonly rootVolumeSize?: number;
}

/** What a test puts into a region. */
export interface RegionData {
  /** By id, e.g. `ami-0123456789abcdef0`. */
  readonly amis: Record<string, Ami>;
  /** Values of SSM parameters by name. */
  readonly parameters: Record<string, string>;
}

/** Settings of an account. */
export interface AccountSettings {
  readonly regions: Readonly<Record<string, RegionData>>;
  /** Twelve digits. */
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Public addresses are 127.77.<this>.*; 0 to 255. */
  readonly addressNumber: number;
  /** Seconds from RunInstances to the state "running". */
  readonly pendingSeconds: number;
  /** Seconds for which the tag index still lists what is deleted. */
  readonly tagIndexLagSeconds: number;
  /** Seconds for which a refused deletion is tried again; the official provider does so for minutes. */
  readonly deleteRetrySeconds: number;
  /** What runs instances: systemd containers, or nothing but a note of their state. */
  readonly machines: "containers" | "none";
}

/** Everything that is in the account, by id. */
export interface AccountResources {
  vpcs: Record<string, Vpc>;
  subnets: Record<string, Subnet>;
  internetGateways: Record<string, InternetGateway>;
  routeTables: Record<string, RouteTable>;
  securityGroups: Record<string, SecurityGroup>;
  securityGroupRules: Record<string, SecurityGroupRule>;
  keyPairs: Record<string, KeyPair>;
  networkInterfaces: Record<string, NetworkInterface>;
  elasticIps: Record<string, ElasticIp>;
  instances: Record<string, Instance>;
  volumes: Record<string, Volume>;
}

/** The contents of account.json. */
export interface AccountData extends AccountSettings, AccountResources {
  /** Last part of the next public address. */
  nextPublicAddress: number;
  /** What was deleted lately: the tag index still lists it. */
  deleted: { readonly arn: string; readonly tags: Tags; readonly at: number }[];
}

/** ARN part and collection of each kind of resource. */
export const resourceKinds = {
  vpcs: "vpc",
  subnets: "subnet",
  internetGateways: "internet-gateway",
  routeTables: "route-table",
  securityGroups: "security-group",
  securityGroupRules: "security-group-rule",
  keyPairs: "key-pair",
  networkInterfaces: "network-interface",
  elasticIps: "elastic-ip",
  instances: "instance",
  volumes: "volume",
} as const satisfies Record<keyof AccountResources, string>;

/** Name of a collection of resources. */
export type ResourceKind = keyof AccountResources;

/** ARN of a resource. A key pair's ends in its name, everything else's in the id, as in AWS. */
export function arnOf(data: AccountSettings, kind: ResourceKind, resource: Resource): string {
  const last = "keyName" in resource && kind === "keyPairs" ? String(resource.keyName) : resource.id;
  return `arn:aws:ec2:${resource.region}:${data.accountId}:${resourceKinds[kind]}/${last}`;
}

/** A new account's contents. */
export function emptyAccount(settings: AccountSettings): AccountData {
  return {
    ...settings,
    nextPublicAddress: 1,
    deleted: [],
    vpcs: {},
    subnets: {},
    internetGateways: {},
    routeTables: {},
    securityGroups: {},
    securityGroupRules: {},
    keyPairs: {},
    networkInterfaces: {},
    elasticIps: {},
    instances: {},
    volumes: {},
  };
}
