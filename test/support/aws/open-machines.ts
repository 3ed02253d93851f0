import type { AccountStore } from "./account-store";
import type { Machines } from "./machines";
import { containerMachines } from "./machines/index";
import { NotedMachines } from "./noted-machines";

/** What runs the account's instances, as its settings say. */
export function openMachines(store: AccountStore): Machines {
  return store.read().machines === "none" ? new NotedMachines(store.folder) : containerMachines(store.folder);
}
