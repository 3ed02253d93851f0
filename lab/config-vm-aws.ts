import { addressAt, addressCount } from "../infra/core/addresses";
import { tagValue } from "../infra/core/aws-places";
import {
  belongsTo,
  labSettings,
  type Checked,
  type LabSettings,
  type Sound,
  type VERSION_CHOICES,
} from "./config-common";
import { withoutTilde, type ConfigMachine } from "./config-machine";
import type { LocalVmLabConfig } from "./config-vm";
import { awsVmIssues } from "./config-vm-aws-rules";
import { awsVmSchema, vmSchema, type AwsVmValues } from "./config-vm-aws-schema";
import { CLUSTER_NUMBER, FIRST_VM_NUMBER, meshMember, vmOrdinal } from "./config-vm-members";

/** A VM that joins the mesh, an EC2 instance. */
export interface AwsVmConfig {
  /** Host name, a DNS label. */
  readonly name: string;
  /** EC2 instance type, e.g. `t3.small`. */
  readonly instanceType: string;
  /** Its private address, in the first subnet. */
  readonly address: string;
  /** ISTIO_AGENT_FLAGS of sidecar.env. Notes 13.5. */
  readonly agentFlags?: string;
  /** SECRET_TTL of sidecar.env, a Go duration. Notes 13.5. */
  readonly secretTtl?: string;
}

/** The `vm` lab on EC2 instances: one for the cluster, and one for each VM. */
export interface AwsVmLabConfig {
  readonly lab: "vm";
  readonly platform: "aws";
  readonly versions: (typeof VERSION_CHOICES)[number];
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
  /** A key pair that the account has, and this machine's half of it; undefined where the lab makes one. */
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

/** The `vm` lab, wherever it stands. */
export type VmLabConfig = LocalVmLabConfig | AwsVmLabConfig;

/** What the `vm` lab on EC2 instances lets the user set. */
export const awsVmSettings: LabSettings<AwsVmLabConfig> = labSettings(awsVmSchema, { vms: vmSchema }, place, {
  "vms[].sshPort": belongsTo("local", "sshPort"),
});

function place(values: AwsVmValues, sound: Sound, machine: ConfigMachine): Checked<AwsVmLabConfig> {
  const config = placed(values, machine);
  return { config, issues: awsVmIssues(config, values, sound, machine) };
}

/** Fills in what the user left open; what cannot stand together is for the rules to say. */
function placed(values: AwsVmValues, machine: ConfigMachine): AwsVmLabConfig {
  const { versions, region, vpcCidr, podCidr, serviceCidr, amiParameter, volumeSize, ingressCidr } = values;
  const { keyName, privateKeyFile, ttlHours, ttlAction, power, startedAt } = values;
  const inSubnet = (number: number) => addressInSubnet(values.publicSubnet1Cidr, number);
  return {
    lab: "vm",
    platform: "aws",
    versions,
    region,
    availabilityZones: [values.availabilityZone1 ?? `${region}a`, values.availabilityZone2 ?? `${region}c`],
    vpcCidr,
    subnetCidrs: [values.publicSubnet1Cidr, values.publicSubnet2Cidr],
    amiParameter,
    cluster: {
      name: "k3s-s",
      instanceType: values.clusterInstanceType,
      address: values.clusterAddress ?? inSubnet(CLUSTER_NUMBER),
    },
    volumeSize,
    keyPair:
      keyName === undefined || privateKeyFile === undefined
        ? undefined
        : { name: keyName, privateKeyFile: withoutTilde(privateKeyFile, machine) },
    ingressCidr,
    owner: values.owner === "auto" ? tagValue(machine.userName() ?? "") : values.owner,
    ttlHours,
    ttlAction,
    power,
    startedAt,
    podCidr,
    serviceCidr,
    vms: values.vms.map((vm) => ({
      name: vm.name,
      instanceType: vm.instanceType,
      address: vm.address ?? inSubnet(FIRST_VM_NUMBER + vmOrdinal(vm.name) - 1),
      ...meshMember(vm),
    })),
  };
}

/** The address of a number, empty where the subnet has none: then the rules say so. */
function addressInSubnet(subnetCidr: string, number: number): string {
  return number < addressCount(subnetCidr) ? addressAt(subnetCidr, number) : "";
}
