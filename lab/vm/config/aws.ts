import type { LocalVmLabConfig } from "./schema";

/** A VM that joins the mesh, an EC2 instance. */
export interface AwsVmConfig {
  /** Host name, a DNS label. */
  readonly name: string;
  /** EC2 instance type, e.g. `t3.small`. */
  readonly instanceType: string;
  /** Its private address, in the first subnet. */
  readonly address: string;
  /** ISTIO_AGENT_FLAGS of sidecar.env. Study notes 13.5. */
  readonly agentFlags?: string;
  /** SECRET_TTL of sidecar.env, a Go duration. Study notes 13.5. */
  readonly secretTtl?: string;
}

/** The `vm` lab on EC2 instances: one for the cluster, and one for each VM. */
export interface AwsVmLabConfig {
  readonly lab: "vm";
  readonly platform: "aws";
  readonly versions: string;
  /** E.g. `ap-northeast-2`. */
  readonly region: string;
  /** Of the two subnets; they may be the same. */
  readonly availabilityZones: readonly [string, string];
  readonly vpcCidr: string;
  /** Both in the VPC; the lab's instances are in the first. */
  readonly subnetCidrs: readonly [string, string];
  /** SSM parameter that holds the id of the machine image. */
  readonly amiParameter: string;
  /** The instance on which k3s runs; `address` is its private one, in the first subnet. */
  readonly cluster: { readonly name: "k3s-s"; readonly instanceType: string; readonly address: string };
  /** GiB of the gp3 volume that each instance has. */
  readonly volumeSize: number;
  /** A key pair that the account has, and this machine's half of it; undefined if the lab makes one. */
  readonly keyPair: { readonly name: string; readonly privateKeyFile: string } | undefined;
  /** Who may reach the instances: a CIDR, or `auto` for the address that this machine is seen with. */
  readonly ingressCidr: string;
  /** Tag `owner` of everything that the lab makes. */
  readonly owner: string;
  /** Hours after which the lab ends by itself. */
  readonly ttlHours: number;
  /** What then happens to the instances. */
  readonly ttlAction: "stop" | "terminate";
  /** Whether the instances are to run; `stop` and `start` of the command line set it. */
  readonly power: "on" | "off";
  /** ISO time of the last `start`, or empty: what a start must repeat runs again when it changes. */
  readonly startedAt: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly vms: readonly AwsVmConfig[];
}

/** The `vm` lab, wherever it runs. */
export type VmLabConfig = LocalVmLabConfig | AwsVmLabConfig;
