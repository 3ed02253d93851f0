import { addressAt, addressCount } from "../../../infra/core/addresses";
import { tagValue } from "../../../infra/core/aws-places";
import { belongsTo, labSettings, type Checked, type LabSettings, type Sound } from "../../config/common";
import { withoutTilde, type ConfigMachine } from "../../config/machine";
import type { AwsVmLabConfig } from "./aws";
import { awsVmIssues } from "./aws-rules";
import { awsVmSchema, vmSchema, type AwsVmValues } from "./aws-schema";
import { CLUSTER_NUMBER, FIRST_VM_NUMBER, meshMember, vmOrdinal } from "./members";

/** What the `vm` lab on EC2 instances lets the user set. */
export const awsVmSettings: LabSettings<AwsVmLabConfig> = labSettings(awsVmSchema, { vms: vmSchema }, place, {
  "vms[].sshPort": belongsTo("local", "sshPort"),
});

function place(values: AwsVmValues, sound: Sound, machine: ConfigMachine): Checked<AwsVmLabConfig> {
  const config = placed(values, machine);
  return { config, issues: awsVmIssues(config, values, sound, machine) };
}

/** Fills in what the user left open; what cannot be combined is for the rules to say. */
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

/** The address of a number, empty if the subnet has none: then the rules say so. */
function addressInSubnet(subnetCidr: string, number: number): string {
  return number < addressCount(subnetCidr) ? addressAt(subnetCidr, number) : "";
}
