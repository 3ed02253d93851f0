import { dirname } from "node:path";
import { stateFolder } from "../core/paths";
import { inspectWorkstation, type Workstation } from "../core/workstation/workstation";
import { HERE } from "../core/workstation/surroundings";
import type { LabSize } from "../core/workstation/needs";
import { canInstallPackages } from "./apt";
import { inspectEngine, type EngineReport } from "./engine";

/** What is to be known of a machine before a lab is built on it. */
export interface MachineFacts {
  readonly system: string;
  readonly node: string;
  readonly isRoot: boolean;
  /** Root on Debian or Ubuntu. */
  readonly canInstall: boolean;
  readonly engine: EngineReport;
  /** What the preflight of `up` looks at. */
  readonly workstation: Workstation;
  /** Bytes free in the cache folder. */
  readonly freeDisk: number;
  /** Where the state folder is, or would be made, and the bytes that are free there. */
  readonly state: { readonly folder: string; readonly freeDisk: number };
}

/** What the machine is examined for. */
export interface MachineRequest {
  /** The lab's ports of 127.0.0.1. */
  readonly ports: readonly number[];
  readonly size: LabSize;
  /** Image of VMs, to try a published port; undefined if `setup` has not made it yet. */
  readonly vmImage: string | undefined;
}

/** Looks at this machine; changes nothing. Takes less than half a second if the engine is on it. */
export async function readMachineFacts(cache: string, request: MachineRequest): Promise<MachineFacts> {
  const { ports, size, vmImage } = request;
  // No stack is named, so no container is the lab's own: the whole of it has to find room.
  const trial = vmImage === undefined ? undefined : { image: vmImage, labels: {} };
  const [engine, workstation] = await Promise.all([
    inspectEngine(cache),
    inspectWorkstation({ ports, size, owns: () => false, trial }),
  ]);
  return {
    system: HERE.platform,
    node: process.versions.node,
    isRoot: HERE.isRoot,
    canInstall: canInstallPackages(),
    engine,
    workstation,
    freeDisk: diskAt(cache).freeDisk,
    state: diskAt(stateFolder()),
  };
}

/** Of a folder that is not there yet, the next folder above it that is. */
function diskAt(folder: string): MachineFacts["state"] {
  const freeDisk = HERE.freeDisk(folder);
  return freeDisk === undefined ? diskAt(dirname(folder)) : { folder, freeDisk };
}
