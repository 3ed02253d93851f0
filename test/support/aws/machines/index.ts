import type { Machines } from "../machines";
import { ContainerMachines } from "./container-machines";
import { Internet } from "./internet";
import { Ownership } from "./ownership";

export { ensureInstanceImage } from "./instance-image";
export type { Fault, Internet } from "./internet";
export { InstanceShell } from "./shell";

/**
 * Instances as containers on this machine.
 * @param accountFolder the account's folder: names and labels in Docker derive from it
 */
export function containerMachines(accountFolder: string): Machines {
  return new ContainerMachines(accountFolder);
}

/** The internet of an account's instances: what was asked of it, and faults for tests. */
export function internetOf(accountFolder: string): Internet {
  return new Internet(new Ownership(accountFolder));
}

/** Removes every container, network and volume of an account; succeeds if there is none. */
export async function removeAll(accountFolder: string): Promise<void> {
  await new Ownership(accountFolder).removeAll();
}
