import type { InventoryRequest } from "../infra/core/aws-inventory";
import type { NeedyLab } from "../infra/core/lab-needs";
import type { LabConfig } from "./config/common";
import type { LabRequirements } from "./config/requirements";
import type { Configurations, NamedConfiguration } from "./config/lab-config";
import type { LabEntry } from "./program/lab-entry";

/** The labs: a line each. The first one is the default. They are loaded if they are wanted, so that the list costs nothing. */
const ENTRIES = {
  vm: async () => (await import("./vm/entry")).vm,
  multicluster: async () => (await import("./multicluster/entry")).multicluster,
  "traffic-flow": async () => (await import("./traffic-flow/entry")).trafficFlow,
} as const satisfies Readonly<Record<string, () => Promise<LabEntry>>>;

/** The labs that can be built. */
export type LabName = keyof typeof ENTRIES;
export const LABS = Object.keys(ENTRIES) as readonly string[] as readonly [LabName, ...LabName[]];

/** The lab that is meant if none is named. */
export const DEFAULT_LAB = LABS[0];

/** Tells the name of a lab from any other value. */
export function isLab(value: unknown): value is LabName {
  return LABS.some((lab) => lab === value);
}

/** The entry of a lab; undefined if there is none of that name. */
export async function labEntry(name: string): Promise<LabEntry | undefined> {
  return isLab(name) ? await ENTRIES[name]() : undefined;
}

/** What a toolchain has to know of a lab, and of the others. A name that no lab has stands for the default lab. */
export async function toolchainLab(
  name: string | undefined,
): Promise<{ readonly lab: NeedyLab; readonly labs: readonly string[] }> {
  const known = isLab(name) ? name : DEFAULT_LAB;
  const { needs } = await ENTRIES[known]();
  return { lab: { name: known, ...needs }, labs: LABS };
}

/** What each lab lets the user set. It takes a tenth of a second to load. */
export async function configurations(): Promise<Configurations> {
  const all = LABS.map(async (lab) => ({ lab, ...(await (await ENTRIES[lab]()).configuration()) }));
  const [first, ...others] = await Promise.all(all);
  return [first as NamedConfiguration, ...others];
}

/** The lab of a stack. */
export interface ConfiguredLab {
  readonly config: LabConfig;
  /** What it asks of the machine. */
  readonly requirements: LabRequirements;
  readonly entry: LabEntry;
}

/**
 * Reads the stack's configuration.
 * @throws LabConfigError with every problem at once
 */
export async function configuredLab(): Promise<ConfiguredLab> {
  const { readLabConfig } = await import("./config/lab-config");
  const config = readLabConfig(await configurations());
  const entry: LabEntry = await ENTRIES[config.lab as LabName]();
  return { config, requirements: (await entry.configuration()).requirements(config), entry };
}

/** Asks AWS what it has of a stack, and writes the answer into a file; makes nothing. */
export async function takeInventory(request: InventoryRequest): Promise<void> {
  const { writeInventory } = await import("./vm/aws-inventory");
  await writeInventory(request);
}
