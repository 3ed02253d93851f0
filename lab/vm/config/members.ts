import { z } from "zod";
import { isIpv4 } from "../../../infra/core/addresses";
import type { ConfigIssue } from "../../../infra/core/errors";
import { isDnsLabel } from "../../../infra/core/names";
import { cidr, judgedBy } from "../../config/common";

/** What the study notes call the cluster, and its machine. */
export const VM_LAB_CLUSTER = "k3s-s";

/** The study notes' k3s-s is 192.168.10.10. */
export const CLUSTER_NUMBER = 10;

/** The study notes' forum-vm is 192.168.10.200; further VMs follow it. */
export const FIRST_VM_NUMBER = 200;

/** An IPv4 address. */
export const address = z.string().refine(isIpv4, "is not an IPv4 address; write it like 192.168.10.200");

const name = z
  .string()
  .refine(isDnsLabel, "is not a DNS label; use lower case letters, digits and hyphens, e.g. forum-vm");

/** What a VM is, wherever it runs: its name first. */
export const NAMED = { name, address: address.optional() };

/** How a VM takes part in the mesh, wherever it runs. */
export const MESH_MEMBER = {
  agentFlags: judgedBy(agentFlagsProblem).optional(),
  secretTtl: judgedBy(secretTtlProblem).optional(),
};

/** What a shell does not take as it stands between quotation marks: sidecar.env is read by one, line by line. */
const SHELL_SIGNS = /["\\$`\p{Cc}]/u;

function agentFlagsProblem(flags: string): string | undefined {
  const right = "write flags like --log_output_level=dns:debug";
  if (SHELL_SIGNS.test(flags)) {
    return `has a quotation mark, backslash, dollar sign, backtick or line break, which a shell would read; ${right}`;
  }
  return flags === "" || flags.startsWith("-") ? undefined : `is no flag, which begins with a hyphen; ${right}`;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/**
 * The longest that istiod signs a certificate for, 90 days, and a time in which an agent can still renew one at half of it.
 * @see https://istio.io/latest/docs/reference/commands/pilot-discovery/ MAX_WORKLOAD_CERT_TTL
 */
const TTL_SECONDS = { least: 60, most: 2160 * 3600 } as const;

function secretTtlProblem(text: string): string | undefined {
  if (!/^(\d+(h|m|s))+$/.test(text)) {
    return "is not a duration; write it like 12h0m0s";
  }
  const parts = [...text.matchAll(/(\d+)([hms])/g)];
  const seconds = parts.reduce(
    (sum, [, number = "", unit = ""]) => sum + Number(number) * (UNIT_SECONDS[unit] ?? 0),
    0,
  );
  return seconds >= TTL_SECONDS.least && seconds <= TTL_SECONDS.most
    ? undefined
    : "is no time for which istiod signs a certificate that can be renewed; write one from 1m to 2160h, e.g. 12h0m0s";
}

/** The list of VMs; at least one. */
export const listOf = <Vm extends z.ZodObject>(vm: Vm) =>
  z.array(vm).refine((list) => list.length > 0, "is out of range; name at least one VM");

/** The networks of the study notes' cluster. */
export const CLUSTER_NETWORKS = {
  podCidr: cidr.default("172.16.0.0/16"),
  serviceCidr: cidr.default("10.10.200.0/24"),
};

/**
 * The number at the end of a VM's name, from which the rest follows that the user left open: `forum-vm` is the first, `forum-vm-2` the second.
 * Its place in the list says nothing, so that one that is dropped moves no other.
 */
export function vmOrdinal(name: string): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 1);
}

/** The settings of a VM in the mesh that the user wrote. */
export function meshMember({ agentFlags, secretTtl }: z.output<z.ZodObject<typeof MESH_MEMBER>>): {
  readonly agentFlags?: string;
  readonly secretTtl?: string;
} {
  return {
    ...(agentFlags === undefined ? {} : { agentFlags }),
    ...(secretTtl === undefined ? {} : { secretTtl }),
  };
}

/** Says so if an earlier VM has this one's name. */
export function twiceNamedIssues(names: readonly string[], index: number): ConfigIssue[] {
  const own = names[index] ?? "";
  const problem = `"${own}" is there twice; give every VM a name of its own`;
  return names.indexOf(own) < index ? [{ key: `vms[${index}].name`, problem }] : [];
}

/** Says so if a VM has a name that something else of the lab has. @param holders what has which name */
export function foreignNameIssues(
  names: readonly string[],
  index: number,
  holders: Readonly<Record<string, string>>,
): ConfigIssue[] {
  const own = names[index] ?? "";
  const holder = new Map(Object.entries({ ...holders, localhost: "every machine for itself" })).get(own);
  const problem = `"${own}" is the name of ${holder}; choose another, e.g. forum-vm`;
  return holder === undefined ? [] : [{ key: `vms[${index}].name`, problem }];
}
