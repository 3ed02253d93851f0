import * as pulumi from "@pulumi/pulumi";
import { formatIssues, type ConfigIssue, type Issue } from "../../infra/core/errors";
import { z } from "zod";
import { belongsTo, PLATFORMS, type LabConfiguration, type LabSettings, type Platform } from "./common";
import type { LabDemands } from "./demands";
import { CONFIGURATIONS, LABS, type LabConfig, type LabName } from "./labs";
import { THIS_MACHINE, type ConfigMachine } from "./machine";
import { describeIssue, oneOf } from "./messages";

export { COMMON_KEYS } from "./common";
export { LABS, type LabConfig, type LabName } from "./labs";

const DEFAULT_LAB: LabName = "vm";
const choiceSchema = z.object({ lab: z.enum(LABS).default(DEFAULT_LAB), platform: z.enum(PLATFORMS).default("local") });

/** What a lab lets the user set on a platform; undefined if it cannot stand there. */
function settingsOf(lab: LabName, platform: Platform): LabSettings<LabConfig> | undefined {
  const { platforms } = CONFIGURATIONS[lab];
  return (platforms as LabConfiguration<LabConfig>["platforms"])[platform];
}

/** What a lab asks of the machine; each port and network with the key that the user would set to change it. */
export function demandsOf(config: LabConfig): LabDemands {
  return (CONFIGURATIONS[config.lab] as LabConfiguration<LabConfig>).demands(config);
}

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
  const lab = choice.lab ?? DEFAULT_LAB;
  const settings = settingsOf(lab, choice.platform ?? PLATFORMS[0]) ?? CONFIGURATIONS[lab].platforms.local;
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
  if (lab === undefined || platform === undefined || settingsOf(lab, platform) !== undefined) {
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
  const home = PLATFORMS.find((one) => settingsOf(lab, one)?.keys.includes(key));
  if (home === undefined) {
    return [{ key, problem: `is not a setting of the ${lab} lab; ${oneOf(keys)}` }];
  }
  return platform === undefined ? [] : [{ key, problem: belongsTo(home, key) }];
}

/** Every lab's settings on each of its platforms. */
function allSettings(): LabSettings<LabConfig>[] {
  return LABS.flatMap((lab) => PLATFORMS.flatMap((platform) => settingsOf(lab, platform) ?? []));
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
