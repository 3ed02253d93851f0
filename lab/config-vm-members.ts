import { z } from "zod";
import { isIpv4 } from "../infra/core/addresses";
import type { ConfigIssue } from "../infra/core/errors";
import { isDnsLabel } from "../infra/core/names";
import { cidr } from "./config-common";

/** The notes' k3s-s is 192.168.10.10. */
export const CLUSTER_NUMBER = 10;

/** The notes' forum-vm is 192.168.10.200; further VMs follow it. */
export const FIRST_VM_NUMBER = 200;

/** An IPv4 address. */
export const address = z.string().refine(isIpv4, "is not an IPv4 address; write it like 192.168.10.200");

const name = z
  .string()
  .refine(isDnsLabel, "is not a DNS label; use lower case letters, digits and hyphens, e.g. forum-vm");

/** What a VM is, wherever it stands: its name first. */
export const NAMED = { name, address: address.optional() };

/** How a VM takes part in the mesh, wherever it stands. */
export const MESH_MEMBER = {
  agentFlags: z
    .string()
    .regex(/^[^"\n]*$/, "has a quotation mark or line break; write flags like --log_output_level=dns:debug")
    .optional(),
  secretTtl: z
    .string()
    .regex(/^(\d+(h|m|s))+$/, "is not a duration; write it like 12h0m0s")
    .optional(),
};

/** The list of VMs; at least one. */
export const listOf = <Vm extends z.ZodObject>(vm: Vm) =>
  z.array(vm).refine((list) => list.length > 0, "is out of range; name at least one VM");

/** The networks of the notes' cluster. */
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

/** Says so where an earlier VM has this one's name. */
export function twiceNamedIssues(names: readonly string[], index: number): ConfigIssue[] {
  const own = names[index] ?? "";
  const problem = `"${own}" is there twice; give every VM a name of its own`;
  return names.indexOf(own) < index ? [{ key: `vms[${index}].name`, problem }] : [];
}
