import { formatCidr, numberOf, overlaps, parseCidr } from "../infra/core/addresses";
import type { ConfigIssue } from "../infra/core/errors";

/** Node ports that the notes use: 30000 to 30007. */
const NODE_PORT_COUNT = 8;

/** Distance from the port base to the SSH port of the first VM: 30022 by default. */
const SSH_PORT_OFFSET = 22;

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

/** A VM as the user writes it. */
export interface VmSettings {
  readonly name: string;
  readonly address?: string | undefined;
  readonly sshPort?: number | undefined;
  readonly agentFlags?: string | undefined;
  readonly secretTtl?: string | undefined;
}

/**
 * Gives a VM the address and port that the user left open, from the number at the end of its name: `forum-vm` is the
 * first, `forum-vm-2` the second. Its place in the list says nothing, so that one that is dropped moves no other.
 */
export function placeVm(vm: VmSettings, portBase: number, networkCidr: string): VmConfig {
  const number = Number(/-(\d+)$/.exec(vm.name)?.[1] ?? 1);
  return {
    name: vm.name,
    addressNumber: vm.address === undefined ? FIRST_VM_NUMBER + number - 1 : numberOf(networkCidr, vm.address),
    sshPort: vm.sshPort ?? portBase + SSH_PORT_OFFSET + number - 1,
    ...(vm.agentFlags === undefined ? {} : { agentFlags: vm.agentFlags }),
    ...(vm.secretTtl === undefined ? {} : { secretTtl: vm.secretTtl }),
  };
}

/** Networks that share an address, and a lab's network that is too small; each by its key. */
export function addressIssues(
  named: Readonly<Record<"podCidr" | "serviceCidr" | "networkCidr", string>>,
): ConfigIssue[] {
  const entries = Object.entries(named).map(([key, text]) => ({ key, network: parseCidr(text) }));
  const issues = entries.flatMap((one, index) =>
    entries
      .slice(index + 1)
      .filter((other) => overlaps(one.network, other.network))
      .map((other) => ({
        key: one.key,
        problem: `${formatCidr(one.network)} overlaps ${other.key} ${formatCidr(other.network)}; choose networks that share no address`,
      })),
  );
  if (parseCidr(named.networkCidr).prefix > 25) {
    issues.push({
      key: "networkCidr",
      problem: `${named.networkCidr} is too small for nodes, VMs and load balancers; use a /25 or larger`,
    });
  }
  return issues;
}

/** Names, addresses and numbers that cannot be; `vms` in the order in which the user wrote them. */
export function vmIssues(vms: readonly VmConfig[], networkCidr: string): ConfigIssue[] {
  return vms.flatMap((vm, index) => {
    const before = vms.slice(0, index);
    const issues: ConfigIssue[] = [];
    if (before.some(({ name }) => name === vm.name)) {
      issues.push({
        key: `vms[${index}].name`,
        problem: `"${vm.name}" is there twice; give every VM a name of its own`,
      });
    }
    const problem = numberProblem(vm.addressNumber, before, networkCidr);
    return problem === undefined ? issues : [...issues, { key: `vms[${index}].address`, problem }];
  });
}

function numberProblem(number: number, before: readonly VmConfig[], networkCidr: string): string | undefined {
  const size = 2 ** (32 - parseCidr(networkCidr).prefix);
  if (number < 0 || number >= size) {
    return `number ${number} is not in the lab's network ${networkCidr}, which has ${size} addresses`;
  }
  if (number < 16 || number >= size - Math.min(16, size / 4)) {
    return `number ${number} of ${networkCidr} is reserved for nodes (below 16) or load balancers (the last 16); choose another`;
  }
  const other = before.findIndex(({ addressNumber }) => addressNumber === number);
  return other < 0
    ? undefined
    : `number ${number} of ${networkCidr} is used by vms[${other}] too; end the name in a number of its own, e.g. -2, or set an address`;
}

/** Every port of loopback that the lab takes, by what takes it. */
export function takenPorts(
  portBase: number,
  vms: readonly { name: string; sshPort: number }[],
): { port: number; key: string }[] {
  return [
    ...Array.from({ length: NODE_PORT_COUNT }, (_, index) => ({ port: portBase + index, key: "portBase" })),
    ...vms.map(({ sshPort }, index) => ({ port: sshPort, key: `vms[${index}].sshPort` })),
  ];
}

/** Ports that are out of range or used twice. */
export function portIssues(portBase: number, vms: readonly VmConfig[]): ConfigIssue[] {
  const seen = new Map<number, string>();
  return takenPorts(portBase, vms).flatMap(({ port: number, key }) => {
    const holder = seen.get(number);
    seen.set(number, key);
    if (number > 65535) {
      return [
        { key, problem: `port ${number} is out of range; the lab needs the ports up to portBase + ${SSH_PORT_OFFSET}` },
      ];
    }
    return holder === undefined
      ? []
      : [{ key, problem: `port ${number} is used twice, by ${holder} too; choose another` }];
  });
}
