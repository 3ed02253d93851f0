import * as pulumi from "@pulumi/pulumi";
import { formatIssues, type ConfigIssue } from "../infra/core/errors";
import { LABS, labSchema, type LabName, type LabSettings } from "./config-common";
import { multiClusterSettings, type MultiClusterLabConfig } from "./config-multicluster";
import { trafficFlowSettings, type TrafficFlowLabConfig } from "./config-traffic-flow";
import { vmSettings, type VmLabConfig } from "./config-vm";
import { describeIssue, oneOf } from "./config-wording";

export { COMMON_KEYS, LABS, type LabName } from "./config-common";
export type { MultiClusterLabConfig } from "./config-multicluster";
export type { TrafficFlowLabConfig } from "./config-traffic-flow";
export type { VmLabConfig } from "./config-vm";

/** What a lab is built from; grows by one member a lab. */
export type LabConfig = VmLabConfig | MultiClusterLabConfig | TrafficFlowLabConfig;

const SETTINGS: Readonly<Record<LabName, LabSettings<LabConfig>>> = {
  vm: vmSettings,
  multicluster: multiClusterSettings,
  "traffic-flow": trafficFlowSettings,
};

/** What may stand in the configuration of a stack, by its lab; kept equal to Pulumi.yaml by a test. */
export const LAB_KEYS: Readonly<Record<LabName, readonly string[]>> = {
  vm: vmSettings.keys,
  multicluster: multiClusterSettings.keys,
  "traffic-flow": trafficFlowSettings.keys,
};

/** Shows the text and no stack: the user's mistake, not the program's. */
export class LabConfigError extends pulumi.RunError {
  public constructor(public readonly issues: readonly ConfigIssue[]) {
    super(formatIssues(issues));
  }
}

/**
 * Turns what the user wrote into a configuration that needs no further check.
 * @param raw values by key, without the project's name; lists already parsed from JSON
 * @throws LabConfigError with every problem at once
 */
export function parseLabConfig(raw: Readonly<Record<string, unknown>>): LabConfig {
  const parsed = labSchema.safeParse(raw);
  const unknownLab = parsed.error?.issues.flatMap((issue) => describeIssue(issue, raw, () => LABS)) ?? [];
  // The rest of an unknown lab is read as the default one's, so that every problem is reported at once.
  const lab = parsed.data?.lab ?? LABS[0];
  const foreign = Object.keys(raw).filter((key) => !SETTINGS[lab].keys.includes(key) && isSetting(key));
  const misplaced = parsed.success
    ? foreign.map((key) => ({ key, problem: `is not a setting of the ${lab} lab; ${oneOf(SETTINGS[lab].keys)}` }))
    : [];
  const own = Object.entries(raw).filter(([key]) => key !== "lab" && !foreign.includes(key));
  const { config, issues } = SETTINGS[lab].check(Object.fromEntries(own));
  const all = [...unknownLab, ...issues, ...misplaced];
  if (config === undefined || all.length > 0) {
    throw new LabConfigError(all);
  }
  return config;
}

/** Is this a setting of any lab? */
function isSetting(key: string): boolean {
  return LABS.some((lab) => SETTINGS[lab].keys.includes(key));
}

/**
 * Reads the stack's configuration: the only place that does.
 * @throws LabConfigError with every problem at once
 */
export function readLabConfig(): LabConfig {
  const project = pulumi.getProject();
  const listKeys = LABS.flatMap((lab) => SETTINGS[lab].listKeys);
  const raw: Record<string, unknown> = {};
  const all = JSON.parse(process.env["PULUMI_CONFIG"] ?? "{}") as Record<string, string>;
  for (const [fullKey, value] of Object.entries(all)) {
    if (fullKey.startsWith(`${project}:`)) {
      const key = fullKey.slice(project.length + 1);
      raw[key] = listKeys.includes(key) ? fromJson(value) : value;
    }
  }
  return parseLabConfig(raw);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
