import { z } from "zod";
import { addressCount, addressText, numberOf } from "../../../infra/core/addresses";
import type { ConfigIssue } from "../../../infra/core/errors";
import { kindNode } from "../../../infra/core/names";
import { FIRST_NODE_PORT } from "../../../infra/core/node-ports";
import {
  belongsTo,
  COMMON_SHAPE,
  labSettings,
  port,
  type Checked,
  type LabSettings,
  type Sound,
} from "../../config/common";
import {
  LAST_PORT,
  nodePorts,
  oneClusterNetworkIssues,
  sharedPortIssues,
  SSH_PORT_OFFSET,
  wantedNetwork,
  type RequiredPort,
} from "../../config/rules";
import {
  CLUSTER_NETWORKS,
  FIRST_VM_NUMBER,
  foreignNameIssues,
  listOf,
  MESH_MEMBER,
  meshMember,
  NAMED,
  twiceNamedIssues,
  VM_LAB_CLUSTER,
  vmOrdinal,
} from "./members";

/** The study notes' network, which `networkCidr: auto` tries first. */
const DEFAULT_NETWORK = "192.168.10.0/24";

/** Names that belong to the cluster: containers of two names would be one. */
const TAKEN_NAMES = { [VM_LAB_CLUSTER]: "the cluster", [kindNode(VM_LAB_CLUSTER)]: "the cluster's node" };

/** A VM that joins the mesh. */
export interface VmConfig {
  /** Host name, a DNS label. */
  readonly name: string;
  /** Its number in the lab's network: 200 for 192.168.10.200. */
  readonly addressNumber: number;
  /** Port of loopback for its sshd. */
  readonly sshPort: number;
  /** ISTIO_AGENT_FLAGS of sidecar.env. Study notes 13.5. */
  readonly agentFlags?: string;
  /** SECRET_TTL of sidecar.env, a Go duration. Study notes 13.5. */
  readonly secretTtl?: string;
}

/** The `vm` lab on this machine. */
export interface LocalVmLabConfig {
  readonly lab: "vm";
  readonly platform: "local";
  readonly versions: string;
  /** First of eight ports on loopback that reach the node ports 30000 to 30007. */
  readonly portBase: number;
  /** The lab's network wanted, and whether the next free one will do. */
  readonly network: { readonly cidr: string; readonly orNextFree: boolean };
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly vms: readonly VmConfig[];
}

const vmSchema = z.strictObject({ ...NAMED, sshPort: port.optional(), ...MESH_MEMBER });

const schema = z.strictObject({
  ...COMMON_SHAPE,
  ...CLUSTER_NETWORKS,
  vms: listOf(vmSchema).default([{ name: "forum-vm" }]),
});

/** What the `vm` lab on this machine lets the user set. */
export const localVmSettings: LabSettings<LocalVmLabConfig> = labSettings(schema, { vms: vmSchema }, place, {
  "vms[].instanceType": belongsTo("aws", "instanceType"),
});

function place(values: z.output<typeof schema>, sound: Sound): Checked<LocalVmLabConfig> {
  const network = wantedNetwork(values.networkCidr, DEFAULT_NETWORK);
  const portBase = values.portBase === "auto" ? FIRST_NODE_PORT : values.portBase;
  const { versions, podCidr, serviceCidr } = values;
  const vms = values.vms.map((vm) => placeVm(vm, portBase, network.cidr));
  const config: LocalVmLabConfig = {
    lab: "vm",
    platform: "local",
    versions,
    portBase,
    network,
    podCidr,
    serviceCidr,
    vms,
  };
  const issues = [
    ...oneClusterNetworkIssues(config, sound, 25, "nodes, VMs and load balancers"),
    ...vmIssues(config, sound),
    ...(sound("portBase") ? portIssues(config, sound) : []),
  ];
  return { config, issues };
}

/** Gives a VM the address and port that the user left open. */
function placeVm(vm: z.output<typeof vmSchema>, portBase: number, networkCidr: string): VmConfig {
  const ordinal = vmOrdinal(vm.name);
  return {
    name: vm.name,
    addressNumber: vm.address === undefined ? FIRST_VM_NUMBER + ordinal - 1 : numberOf(networkCidr, vm.address),
    sshPort: vm.sshPort ?? portBase + SSH_PORT_OFFSET + ordinal - 1,
    ...meshMember(vm),
  };
}

/** Names, addresses and numbers that cannot be; `vms` in the order in which the user wrote them. */
function vmIssues({ vms, network }: LocalVmLabConfig, sound: Sound): ConfigIssue[] {
  const placed = (index: number) => sound("networkCidr") && sound(`vms[${index}].address`);
  const numbers = vms.map(({ addressNumber }, index) => (placed(index) ? addressNumber : undefined));
  const names = vms.map(({ name }) => name);
  return vms.flatMap((_, index) => {
    const issues = [...twiceNamedIssues(names, index), ...foreignNameIssues(names, index, TAKEN_NAMES)];
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
  const address = addressText(networkCidr, number);
  if (number < 0 || number >= size) {
    return `${address} is not in the lab's network ${networkCidr}, which has ${size} addresses`;
  }
  if (number < 16 || number >= size - Math.min(16, size / 4)) {
    return `${address} of ${networkCidr} is reserved for nodes (the first 16) or load balancers (the last 16); choose another`;
  }
  const other = before.indexOf(number);
  return other < 0
    ? undefined
    : `${address} of ${networkCidr} is used by vms[${other}] too; end the name in a number of its own, e.g. -2, or set an address`;
}

/** Every port of loopback that the lab takes, by what takes it. */
export function vmLabPorts({ portBase, vms }: Pick<LocalVmLabConfig, "portBase" | "vms">): RequiredPort[] {
  return [
    ...nodePorts(portBase, "portBase"),
    ...vms.map(({ sshPort }, index) => ({ port: sshPort, key: `vms[${index}].sshPort` })),
  ];
}

/** Ports that are out of range or used twice. */
function portIssues(config: LocalVmLabConfig, sound: Sound): ConfigIssue[] {
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
