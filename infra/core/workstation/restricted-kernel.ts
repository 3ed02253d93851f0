import { processFile } from "./processes";

/** Bit of CAP_SYS_RESOURCE in a capability set: linux/capability.h. */
const SYS_RESOURCE_BIT = 24n;

/**
 * Whether a process is withheld CAP_SYS_RESOURCE for good: then an engine that it starts cannot start privileged containers,
 * since runc asks for every capability ("unable to apply caps"), and a shim in front of runc has to drop that one.
 * @param status text of /proc/<pid>/status
 */
export function withholdsSysResource(status: string): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return bounding !== undefined && ((BigInt(`0x${bounding}`) >> SYS_RESOURCE_BIT) & 1n) === 0n;
}

/**
 * The same for a process of this machine; false if there is no /proc, as on macOS, whose engines run in a machine of their own.
 * @param pid default: this process
 */
export function isRestrictedKernel(pid: number | "self" = "self"): boolean {
  return withholdsSysResource(processFile(pid, "status") ?? "");
}
