import * as pulumi from "@pulumi/pulumi";
import { formatIssues, type ConfigIssue, type Issue } from "../../infra/core/errors";
import { belongsTo, choiceSchema, LABS, PLATFORMS, type LabName, type LabSettings, type Platform } from "./common";
import { THIS_MACHINE, type ConfigMachine } from "./machine";
import { multiClusterSettings, type MultiClusterLabConfig } from "../multicluster/config/schema";
import { trafficFlowSettings, type TrafficFlowLabConfig } from "../traffic-flow/config/schema";
import { localVmSettings } from "../vm/config/schema";
import type { VmLabConfig } from "../vm/config/aws";
import { awsVmSettings } from "../vm/config/aws-settings";
import { describeIssue, oneOf } from "./messages";

export { COMMON_KEYS, LABS, type LabName } from "./common";
export type { MultiClusterLabConfig } from "../multicluster/config/schema";
export type { TrafficFlowLabConfig } from "../traffic-flow/config/schema";
export type { LocalVmLabConfig, VmConfig } from "../vm/config/schema";
export type { AwsVmConfig, AwsVmLabConfig, VmLabConfig } from "../vm/config/aws";

/** What a lab is built from; grows by one member a lab. */
export type LabConfig = VmLabConfig | MultiClusterLabConfig | TrafficFlowLabConfig;

/** What a lab lets the user set, by the platforms on which it can stand. */
interface LabPlatforms {
  readonly local: LabSettings<LabConfig>;
  readonly aws?: LabSettings<LabConfig>;
}

const SETTINGS: Readonly<Record<LabName, LabPlatforms>> = {
  vm: { local: localVmSettings, aws: awsVmSettings },
  multicluster: { local: multiClusterSettings },
  "traffic-flow": { local: trafficFlowSettings },
};

/** What may stand in the configuration of a stack, by its lab and platform; kept equal to Pulumi.yaml by a test. */
export const LAB_KEYS = {
  vm: localVmSettings.keys,
  "vm on aws": awsVmSettings.keys,
  multicluster: multiClusterSettings.keys,
  "traffic-flow": trafficFlowSettings.keys,
} as const satisfies Readonly<Record<LabName | "vm on aws", readonly string[]>>;

/** Shows the text and no stack: the user's mistake, not the program's. */
export class LabConfigError extends pulumi.RunError {
  public constructor(public readonly issues: readonly Issue[]) {
    super(formatIssues(issues));
  }
}

/** What the user chose; undefined where it is unknown. */
interface Choice {
  readonly lab: LabName | undefined;
  readonly platform: Platform | undefined;
}

/**
 * Turns what the user wrote into a configuration that needs no further check.
 * @param raw values by key, without the project's name; lists already parsed from JSON
 * @throws LabConfigError with every problem at once
 */
export function parseLabConfig(
  raw: Readonly<Record<string, unknown>>,
  machine: ConfigMachine = THIS_MACHINE,
): LabConfig {
  const choice = { lab: chosen(LABS, raw["lab"]), platform: chosen(PLATFORMS, raw["platform"]) };
  // The rest of an unknown lab is read as the default one's, so that every problem is reported at once.
  const { [choice.platform ?? PLATFORMS[0]]: wanted, local } = SETTINGS[choice.lab ?? LABS[0]];
  const settings = wanted ?? local;
  const foreign = Object.keys(raw).filter((key) => !settings.keys.includes(key) && isSetting(key));
  const own = Object.entries(raw).filter(([key]) => !Object.hasOwn(choice, key) && !foreign.includes(key));
  const { config, issues } = settings.check(Object.fromEntries(own), machine);
  const all = [
    ...choiceIssues(raw, choice),
    ...issues,
    ...foreign.flatMap((key) => foreignIssues(key, choice, settings)),
  ];
  if (config === undefined || all.length > 0) {
    throw new LabConfigError(all);
  }
  return config;
}

/** One of the values, the first where nothing is said. */
function chosen<Value extends string>(values: readonly Value[], given: unknown): Value | undefined {
  return given === undefined ? values[0] : values.find((value) => value === given);
}

/** An unknown lab or platform, and a lab that cannot stand there. */
function choiceIssues(raw: Readonly<Record<string, unknown>>, { lab, platform }: Choice): ConfigIssue[] {
  const unknown = choiceSchema.safeParse(raw).error?.issues ?? [];
  const issues = unknown.flatMap((issue) => describeIssue(issue, raw, () => "is not a setting"));
  if (lab === undefined || platform === undefined || SETTINGS[lab][platform] !== undefined) {
    return issues;
  }
  const problem = `"${platform}" is asked for, and the ${lab} lab stands on local only; the vm lab is the one for ${platform}`;
  return [...issues, { key: "platform", problem }];
}

/** A setting that has no meaning for what the user chose; where that is unknown, nobody can tell. */
function foreignIssues(key: string, { lab, platform }: Choice, { keys }: LabSettings<LabConfig>): ConfigIssue[] {
  if (lab === undefined) {
    return [];
  }
  const home = PLATFORMS.find((one) => SETTINGS[lab][one]?.keys.includes(key));
  if (home === undefined) {
    return [{ key, problem: `is not a setting of the ${lab} lab; ${oneOf(keys)}` }];
  }
  return platform === undefined ? [] : [{ key, problem: belongsTo(home, key) }];
}

/** Every lab's settings on each of its platforms. */
function allSettings(): LabSettings<LabConfig>[] {
  return LABS.flatMap((lab) => PLATFORMS.flatMap((platform) => SETTINGS[lab][platform] ?? []));
}

/** Is this a setting of any lab? */
function isSetting(key: string): boolean {
  return allSettings().some(({ keys }) => keys.includes(key));
}

/**
 * Reads the stack's configuration: the only place that does.
 * @throws LabConfigError with every problem at once
 */
export function readLabConfig(): LabConfig {
  const all = JSON.parse(process.env["PULUMI_CONFIG"] ?? "{}") as Record<string, string>;
  return readSettings(all, pulumi.getProject());
}

/**
 * What is wrong with the settings of a stack, for whoever cannot start the program.
 * @param all values by full key
 * @returns every problem
 */
export function settingsIssues(all: Readonly<Record<string, unknown>>): readonly Issue[] {
  try {
    readSettings(all, "istio-lab");
    return [];
  } catch (error) {
    if (error instanceof LabConfigError) {
      return error.issues;
    }
    throw error;
  }
}

function readSettings(all: Readonly<Record<string, unknown>>, project: string): LabConfig {
  const listKeys = allSettings().flatMap((settings) => settings.listKeys);
  const raw: Record<string, unknown> = {};
  const strangers: Issue[] = [];
  for (const [fullKey, value] of Object.entries(all)) {
    if (fullKey.startsWith(`${project}:`)) {
      const key = fullKey.slice(project.length + 1);
      raw[key] = listKeys.includes(key) && typeof value === "string" ? fromJson(value) : value;
    } else if (!fullKey.startsWith(ENGINE_NAMESPACE)) {
      strangers.push({ place: fullKey, problem: strangerProblem(project, fullKey) });
    }
  }
  return withIssues(strangers, () => parseLabConfig(raw));
}

/** What the engine itself reads, such as `pulumi:tags`. */
const ENGINE_NAMESPACE = "pulumi:";

/** The labs' providers have all that they need from the labs: what is set for them elsewhere would change nothing. */
function strangerProblem(project: string, fullKey: string): string {
  const name = fullKey.slice(fullKey.indexOf(":") + 1);
  const problem = `is a setting of another program, which the labs do not read; take it out`;
  return isSetting(name) ? `${problem}, or write ${project}:${name}` : problem;
}

/** @throws LabConfigError with these issues and those that `read` throws */
function withIssues<Value>(issues: readonly Issue[], read: () => Value): Value {
  let value: Value;
  try {
    value = read();
  } catch (error) {
    throw error instanceof LabConfigError ? new LabConfigError([...issues, ...error.issues]) : error;
  }
  if (issues.length > 0) {
    throw new LabConfigError(issues);
  }
  return value;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
