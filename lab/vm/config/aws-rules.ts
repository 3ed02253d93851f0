import { isAbsolute } from "node:path";
import { addressAt, addressCount, contains, numberOf, parseCidr } from "../../../infra/core/addresses";
import { NETWORK_PREFIXES, RESERVED_ADDRESSES, zoneProblem } from "../../../infra/core/aws-places";
import type { ConfigIssue } from "../../../infra/core/errors";
import type { Sound } from "../../config/common";
import { withoutTilde, type ConfigMachine } from "../../config/machine";
import { clusterNetworkIssues, overlapIssues, reservedIssues, type RequiredNetwork } from "../../config/rules";
import type { AwsVmLabConfig } from "./aws";
import type { AwsVmValues } from "./aws-schema";
import { privateKeyProblem } from "../../../infra/core/private-key";
import { CLUSTER_NUMBER, FIRST_VM_NUMBER, foreignNameIssues, twiceNamedIssues, vmOrdinal } from "./members";

/** The largest network that may reach the instances without a word more: it is a mistake more often than a wish. */
const WIDEST_INGRESS = 8;

/** What cannot be combined, in the order of the keys; what could not be read is left alone. */
export function awsVmIssues(
  config: AwsVmLabConfig,
  values: AwsVmValues,
  sound: Sound,
  machine: ConfigMachine,
): ConfigIssue[] {
  return [
    ...zoneIssues(values, sound),
    ...networkIssues(config, sound),
    ...keyPairIssues(values, sound, machine),
    ...ingressIssues(values, sound),
    ...ownerIssues(values, config),
    ...machineIssues(config, values, sound),
  ];
}

function zoneIssues(values: AwsVmValues, sound: Sound): ConfigIssue[] {
  return (["availabilityZone1", "availabilityZone2"] as const).flatMap((key) => {
    const zone = values[key];
    if (zone === undefined || !sound("region")) {
      return [];
    }
    const problem = zoneProblem(zone, values.region);
    return problem === undefined ? [] : [{ key, problem: `"${zone}" ${problem}` }];
  });
}

function networkIssues({ vpcCidr, subnetCidrs, podCidr, serviceCidr }: AwsVmLabConfig, sound: Sound): ConfigIssue[] {
  const readable = (networks: readonly RequiredNetwork[]) => networks.filter(({ key }) => sound(key));
  const vpc = { key: "vpcCidr", cidr: vpcCidr };
  const subnets = subnetCidrs.map((cidr, index) => ({ key: `publicSubnet${index + 1}Cidr`, cidr }));
  const outer = readable([vpc, { key: "serviceCidr", cidr: serviceCidr }, { key: "podCidr", cidr: podCidr }]);
  return [
    ...readable([vpc, ...subnets]).flatMap(sizeIssues),
    ...(sound("vpcCidr") ? readable(subnets).flatMap((subnet) => outsideIssues(subnet, vpcCidr)) : []),
    ...overlapIssues(readable(subnets)),
    ...overlapIssues(outer),
    ...reservedIssues(outer),
    ...clusterNetworkIssues({ podCidr, serviceCidr }, sound),
  ];
}

function sizeIssues({ key, cidr }: RequiredNetwork): ConfigIssue[] {
  const { prefix } = parseCidr(cidr);
  const { largest, smallest } = NETWORK_PREFIXES;
  const size = prefix < largest ? "large" : "small";
  const problem = `${cidr} is too ${size} for AWS; use a network from /${largest} to /${smallest}`;
  return prefix < largest || prefix > smallest ? [{ key, problem }] : [];
}

function outsideIssues({ key, cidr }: RequiredNetwork, vpcCidr: string): ConfigIssue[] {
  const [subnet, vpc] = [parseCidr(cidr), parseCidr(vpcCidr)];
  const inside = subnet.prefix >= vpc.prefix && contains(vpc, addressAt(cidr, 0));
  return inside ? [] : [{ key, problem: `${cidr} is not in vpcCidr ${vpcCidr}; choose a part of that` }];
}

/** A private address, and the key that decides it. */
interface Placement {
  readonly key: string;
  readonly address: string;
  /** Its number in the subnet, if the user left the address open. */
  readonly derivedNumber: number | undefined;
}

/** Names and private addresses that cannot be; `vms` in the order in which the user wrote them. */
function machineIssues({ cluster, vms }: AwsVmLabConfig, values: AwsVmValues, sound: Sound): ConfigIssue[] {
  const subnetCidr = values.publicSubnet1Cidr;
  const placements = placementsOf({ cluster, vms }, values).filter(({ key }) => sound(key));
  // A subnet that AWS refuses has no address to propose.
  const spacious = sound("publicSubnet1Cidr") && parseCidr(subnetCidr).prefix <= NETWORK_PREFIXES.smallest;
  const misplaced = placements.flatMap((placement, index) => {
    const problem = spacious ? addressProblem(placement, placements.slice(0, index), subnetCidr) : undefined;
    return problem === undefined ? [] : [{ key: placement.key, problem }];
  });
  const names = vms.map(({ name }) => name);
  const misnamed = names.flatMap((_, index) => [
    ...twiceNamedIssues(names, index),
    ...foreignNameIssues(names, index, { [cluster.name]: "the cluster's instance" }),
  ]);
  return [...misplaced, ...misnamed];
}

function placementsOf({ cluster, vms }: Pick<AwsVmLabConfig, "cluster" | "vms">, values: AwsVmValues): Placement[] {
  const ofCluster = values.clusterAddress === undefined ? CLUSTER_NUMBER : undefined;
  return [
    { key: "clusterAddress", address: cluster.address, derivedNumber: ofCluster },
    ...vms.map(({ name, address }, index) => ({
      key: `vms[${index}].address`,
      address,
      derivedNumber: values.vms[index]?.address === undefined ? FIRST_VM_NUMBER + vmOrdinal(name) - 1 : undefined,
    })),
  ];
}

function addressProblem(
  { address, derivedNumber }: Placement,
  before: readonly Placement[],
  subnetCidr: string,
): string | undefined {
  const size = addressCount(subnetCidr);
  if (derivedNumber !== undefined && derivedNumber >= size) {
    return `number ${derivedNumber} is not in publicSubnet1Cidr ${subnetCidr}, which has ${size} addresses; set an address`;
  }
  const [first, last] = [RESERVED_ADDRESSES.first, size - RESERVED_ADDRESSES.last - 1];
  const right = `choose one from ${addressAt(subnetCidr, first)} to ${addressAt(subnetCidr, last)}`;
  const number = numberOf(subnetCidr, address);
  if (number < 0 || number >= size) {
    return `${address} is not in publicSubnet1Cidr ${subnetCidr}; ${right}`;
  }
  if (number < first || number > last) {
    return `${address} is one of the five addresses of ${subnetCidr} that AWS keeps for itself; ${right}`;
  }
  const other = before.find((placement) => placement.address === address);
  if (other === undefined) {
    return undefined;
  }
  const way =
    derivedNumber === undefined ? "choose another" : "end the name in a number of its own, e.g. -2, or set an address";
  return `${address} is used twice, by ${other.key} too; ${way}`;
}

function keyPairIssues({ keyName, privateKeyFile }: AwsVmValues, sound: Sound, machine: ConfigMachine): ConfigIssue[] {
  if (!sound("keyName") || !sound("privateKeyFile")) {
    return [];
  }
  const orNone = "or leave both out for a key of the lab's own";
  if (privateKeyFile === undefined) {
    const problem = `"${keyName}" is given without privateKeyFile; give the file of its private key, e.g. ~/.ssh/${keyName}.pem, ${orNone}`;
    return keyName === undefined ? [] : [{ key: "keyName", problem }];
  }
  const single = `"${privateKeyFile}" is given without keyName; give the name that its key pair has in EC2, ${orNone}`;
  const problems = [...(keyName === undefined ? [single] : []), ...fileProblems(privateKeyFile, machine)];
  return problems.map((problem) => ({ key: "privateKeyFile", problem }));
}

function fileProblems(given: string, machine: ConfigMachine): string[] {
  const path = withoutTilde(given, machine);
  if (!isAbsolute(path)) {
    return [`"${given}" is not an absolute path; write it like ~/.ssh/my-key.pem`];
  }
  const file = machine.readFile(path);
  const right = "the path of the private key that belongs to keyName";
  if (file === undefined) {
    return [`"${given}" is not a file on this machine that can be read; give ${right}`];
  }
  const problem = privateKeyProblem(file.text);
  return [
    ...(problem === undefined ? [] : [`"${given}" ${problem}; give ${right}`]),
    ...(file.isOpenToOthers
      ? [`"${given}" can be read by others, and then ssh does not use it; run: chmod 600 ${given}`]
      : []),
  ];
}

function ingressIssues({ ingressCidr, allowAnyIngress }: AwsVmValues, sound: Sound): ConfigIssue[] {
  if (ingressCidr === "auto" || allowAnyIngress || !sound("allowAnyIngress")) {
    return [];
  }
  const { prefix } = parseCidr(ingressCidr);
  const many = prefix === 0 ? "the whole internet" : `${addressCount(ingressCidr)} addresses`;
  const problem = `${ingressCidr} lets ${many} reach the instances; write auto for this machine alone, or set allowAnyIngress to true as well`;
  return prefix < WIDEST_INGRESS ? [{ key: "ingressCidr", problem }] : [];
}

function ownerIssues({ owner }: AwsVmValues, config: AwsVmLabConfig): ConfigIssue[] {
  const problem = `"auto" is your name on this machine, and it has none for you; write one, e.g. student`;
  return owner === "auto" && config.owner === "" ? [{ key: "owner", problem }] : [];
}
