import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../../infra/toolchain/files";
import type { Machines, MachineSpec } from "./machines";

/**
 * Machines that only note their state, one file each: for tests of what Pulumi does, where nothing has to boot. Several
 * processes may use them at once.
 */
export class NotedMachines implements Machines {
  private readonly folder: string;

  /** @param accountFolder the account's folder */
  constructor(accountFolder: string) {
    this.folder = join(accountFolder, "machines");
  }

  /** The specification with which a machine was last launched or started; undefined if there is none. */
  specification(instanceId: string): MachineSpec | undefined {
    return this.read(instanceId)?.spec;
  }

  launch(spec: MachineSpec): Promise<void> {
    return this.note({ state: "running", spec });
  }

  start(spec: MachineSpec): Promise<void> {
    return this.note({ state: "running", spec });
  }

  stop(instanceId: string): Promise<void> {
    const noted = this.read(instanceId);
    return noted === undefined ? Promise.resolve() : this.note({ ...noted, state: "stopped" });
  }

  terminate(instanceId: string): Promise<void> {
    rmSync(this.file(instanceId), { force: true });
    return Promise.resolve();
  }

  setTags(instanceId: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const noted = this.read(instanceId);
    return noted === undefined ? Promise.resolve() : this.note({ ...noted, spec: { ...noted.spec, tags } });
  }

  state(instanceId: string): Promise<"running" | "stopped" | "gone"> {
    return Promise.resolve(this.read(instanceId)?.state ?? "gone");
  }

  createSubnet(): Promise<void> {
    return Promise.resolve();
  }

  removeSubnet(): Promise<void> {
    return Promise.resolve();
  }

  private file(instanceId: string): string {
    return join(this.folder, `${instanceId}.json`);
  }

  private read(instanceId: string): NotedMachine | undefined {
    try {
      return JSON.parse(readFileSync(this.file(instanceId), "utf8")) as NotedMachine;
    } catch {
      return undefined;
    }
  }

  private note(machine: NotedMachine): Promise<void> {
    writeFileAtomic(this.file(machine.spec.instanceId), JSON.stringify(machine));
    return Promise.resolve();
  }
}

interface NotedMachine {
  readonly state: "running" | "stopped";
  readonly spec: MachineSpec;
}
