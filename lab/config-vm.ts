import { z } from "zod";
import { addressCount, isIpv4, numberOf, parseCidr } from "../infra/core/addresses";
import type { ConfigIssue } from "../infra/core/errors";
import { isDnsLabel } from "../infra/core/names";
import {
  cidr,
  COMMON_SHAPE,
  labSettings,
  port,
  type Checked,
  type LabSettings,
  type Sound,
  type VERSION_CHOICES,
} from "./config-common";
import {
  LAST_PORT,
  nodePorts,
  overlapIssues,
  sharedPortIssues,
  SSH_PORT_OFFSET,
  wantedNetwork,
  type PortDemand,
} from "./config-rules";

/** The notes' network, which `networkCidr: auto` tries first. */
const NOTES_NETWORK = "192.168.10.0/24";

/** What `portBase: auto` is: the notes' node ports by their own numbers. */
const NOTES_PORT_BASE = 30000;

/** The notes' forum-vm is 192.168.10.200; further VMs follow it. */
const FIRST_VM_NUMBER = 200;

/** A VM that joins the mesh. */
export interface VmConfig {
  /** Host name, a DNS label. */
  readonly name: string;
  /** Its number in the lab's network: 200 for 192.168.10.200. */
  readonly addressNumber: number;
  /** Port of loopback for its sshd. */
  readonly sshPort: number;
  /** ISTIO_AGENT_FLAGS of sidecar.env. Notes 13.5. */
  readonly agentFlags?: string;
  /** SECRET_TTL of sidecar.env, a Go duration. Notes 13.5. */
  readonly secretTtl?: string;
}

/** The `vm` lab on this machine. */
export interface VmLabConfig {
  readonly lab: "vm";
  readonly platform: "local";
  readonly versions: (typeof VERSION_CHOICES)[number];
  /** First of eight ports on loopback that reach the node ports 30000 to 30007. */
  readonly portBase: number;
  /** The lab's network wanted, and whether the next free one will do. */
  readonly network: { readonly cidr: string; readonly orNextFree: boolean };
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly vms: readonly VmConfig[];
}

const vmSchema = z.strictObject({
  name: z.string().refine(isDnsLabel, "is not a DNS label; use lower case letters, digits and hyphens, e.g. forum-vm"),
  address: z.string().refine(isIpv4, "is not an IPv4 address; write it like 192.168.10.200").optional(),
  sshPort: port.optional(),
  agentFlags: z
    .string()
    .regex(/^[^"\n]*$/, "has a quotation mark or line break; write flags like --log_output_level=dns:debug")
    .optional(),
  secretTtl: z
    .string()
    .regex(/^(\d+(h|m|s))+$/, "is not a duration; write it like 12h0m0s")
    .optional(),
});

const schema = z.strictObject({
  ...COMMON_SHAPE,
  podCidr: cidr.default("172.16.0.0/16"),
  serviceCidr: cidr.default("10.10.200.0/24"),
  vms: z
    .array(vmSchema)
    .refine((list) => list.length > 0, "is out of range; name at least one VM")
    .default([{ name: "forum-vm" }]),
});

/** What the `vm` lab lets the user set. */
export const vmSettings: LabSettings<VmLabConfig> = labSettings(schema, { vms: vmSchema }, place);

function place(values: z.output<typeof schema>, sound: Sound): Checked<VmLabConfig> {
  const network = wantedNetwork(values.networkCidr, NOTES_NETWORK);
  const portBase = values.portBase === "auto" ? NOTES_PORT_BASE : values.portBase;
  const { platform, versions, podCidr, serviceCidr } = values;
  const vms = values.vms.map((vm) => placeVm(vm, portBase, network.cidr));
  const config: VmLabConfig = { lab: "vm", platform, versions, portBase, network, podCidr, serviceCidr, vms };
  const issues = [
    ...networkIssues(config, sound),
    ...vmIssues(config, sound),
    ...(sound("portBase") ? portIssues(config, sound) : []),
  ];
  return { config, issues };
}

/**
 * Gives a VM the address and port that the user left open, from the number at the end of its name: `forum-vm` is the
 * first, `forum-vm-2` the second. Its place in the list says nothing, so that one that is dropped moves no other.
 */
function placeVm(vm: z.output<typeof vmSchema>, portBase: number, networkCidr: string): VmConfig {
  const number = Number(/-(\d+)$/.exec(vm.name)?.[1] ?? 1);
  return {
    name: vm.name,
    addressNumber: vm.address === undefined ? FIRST_VM_NUMBER + number - 1 : numberOf(networkCidr, vm.address),
    sshPort: vm.sshPort ?? portBase + SSH_PORT_OFFSET + number - 1,
    ...(vm.agentFlags === undefined ? {} : { agentFlags: vm.agentFlags }),
    ...(vm.secretTtl === undefined ? {} : { secretTtl: vm.secretTtl }),
  };
}

/** Networks that share an address, and a lab's network that is too small. */
function networkIssues({ network, podCidr, serviceCidr }: VmLabConfig, sound: Sound): ConfigIssue[] {
  const networks = [
    { key: "networkCidr", cidr: network.cidr },
    { key: "serviceCidr", cidr: serviceCidr },
    { key: "podCidr", cidr: podCidr },
  ];
  const issues = overlapIssues(networks.filter(({ key }) => sound(key)));
  if (parseCidr(network.cidr).prefix > 25) {
    const problem = `${network.cidr} is too small for nodes, VMs and load balancers; use a /25 or larger`;
    issues.push({ key: "networkCidr", problem });
  }
  return issues;
}

/** Names, addresses and numbers that cannot be; `vms` in the order in which the user wrote them. */
function vmIssues({ vms, network }: VmLabConfig, sound: Sound): ConfigIssue[] {
  const placed = (index: number) => sound("networkCidr") && sound(`vms[${index}].address`);
  const numbers = vms.map(({ addressNumber }, index) => (placed(index) ? addressNumber : undefined));
  return vms.flatMap((vm, index) => {
    const issues: ConfigIssue[] = [];
    if (vms.slice(0, index).some(({ name }) => name === vm.name)) {
      issues.push({
        key: `vms[${index}].name`,
        problem: `"${vm.name}" is there twice; give every VM a name of its own`,
      });
    }
    const problem = numberProblem(numbers[index], numbers.slice(0, index), network.cidr);
    return problem === undefined ? issues : [...issues, { key: `vms[${index}].address`, problem }];
  });
}

function numberProblem(
  number: number | undefined,
  before: readonly (number | undefined)[],
  networkCidr: string,
): string | undefined {
  if (number === undefined) {
    return undefined;
  }
  const size = addressCount(networkCidr);
  if (number < 0 || number >= size) {
    return `number ${number} is not in the lab's network ${networkCidr}, which has ${size} addresses`;
  }
  if (number < 16 || number >= size - Math.min(16, size / 4)) {
    return `number ${number} of ${networkCidr} is reserved for nodes (below 16) or load balancers (the last 16); choose another`;
  }
  const other = before.indexOf(number);
  return other < 0
    ? undefined
    : `number ${number} of ${networkCidr} is used by vms[${other}] too; end the name in a number of its own, e.g. -2, or set an address`;
}

/** Every port of loopback that the lab takes, by what takes it. */
export function vmLabPorts({ portBase, vms }: Pick<VmLabConfig, "portBase" | "vms">): PortDemand[] {
  return [
    ...nodePorts(portBase, "portBase"),
    ...vms.map(({ sshPort }, index) => ({ port: sshPort, key: `vms[${index}].sshPort` })),
  ];
}

/** Ports that are out of range or used twice. */
function portIssues(config: VmLabConfig, sound: Sound): ConfigIssue[] {
  const ports = vmLabPorts(config).filter(({ key }) => sound(key));
  const beyond = ports.filter(({ port }) => port > LAST_PORT);
  return [
    ...beyond.map(({ port, key }) => ({
      key,
      problem: `port ${port} is out of range; the lab needs the ports up to portBase + ${SSH_PORT_OFFSET}`,
    })),
    ...sharedPortIssues(ports.filter(({ port }) => port <= LAST_PORT)),
  ];
}
