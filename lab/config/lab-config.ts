import * as pulumi from "@pulumi/pulumi";
import { formatIssues, type ConfigIssue, type Issue } from "../../infra/core/errors";
import { z } from "zod";
import { belongsTo, type LabConfig, type LabConfiguration, type LabSettings } from "./common";
import { THIS_MACHINE, type ConfigMachine } from "./machine";
import { describeIssue, oneOf } from "./messages";

export { COMMON_KEYS, type LabConfig } from "./common";

/** What a lab lets the user set, with the lab's name. */
export interface NamedConfiguration extends LabConfiguration<LabConfig> {
  readonly lab: string;
}

/** Those of all labs; the first lab is the default. */
export type Configurations = readonly [NamedConfiguration, ...NamedConfiguration[]];

/** Shows the text and no stack: the user's mistake, not the program's. */
export class LabConfigError extends pulumi.RunError {
  public constructor(public readonly issues: readonly Issue[]) {
    super(formatIssues(issues));
  }
}

/** What the user chose; undefined if it is unknown. */
interface Choice {
  readonly lab: NamedConfiguration | undefined;
  readonly platform: string | undefined;
}

/**
 * Turns what the user wrote into a configuration that needs no further check.
 * @param labs all labs
 * @param raw values by key, without the project's name; lists already parsed from JSON
 * @throws LabConfigError with every problem at once
 */
export function parseLabConfig(
  labs: Configurations,
  raw: Readonly<Record<string, unknown>>,
  machine: ConfigMachine = THIS_MACHINE,
): LabConfig {
  const named = chosen(namesOf(labs), raw["lab"]);
  const choice = { lab: labs.find(({ lab }) => lab === named), platform: chosen(platformsOf(labs), raw["platform"]) };
  // The rest of an unknown lab is read as the default one's, so that every problem is reported at once.
  const { platforms } = choice.lab ?? labs[0];
  const [first] = Object.values(platforms) as [LabSettings<LabConfig>, ...LabSettings<LabConfig>[]];
  const settings = platforms[choice.platform ?? ""] ?? first;
  const foreign = Object.keys(raw).filter((key) => !settings.keys.includes(key) && isSetting(labs, key));
  const own = Object.entries(raw).filter(([key]) => !Object.hasOwn(choice, key) && !foreign.includes(key));
  const { config, issues } = settings.check(Object.fromEntries(own), machine);
  const all = [
    ...choiceIssues(labs, raw, choice),
    ...issues,
    ...foreign.flatMap((key) => foreignIssues(key, choice, settings)),
  ];
  if (config === undefined || all.length > 0) {
    throw new LabConfigError(all);
  }
  return config;
}

function namesOf(labs: Configurations): readonly string[] {
  return labs.map(({ lab }) => lab);
}

/** On which platforms any lab can run; the first one is the default. */
function platformsOf(labs: Configurations): readonly string[] {
  return [...new Set(labs.flatMap(({ platforms }) => Object.keys(platforms)))];
}

/** One of the values, the first if nothing is said. */
function chosen<Value extends string>(values: readonly Value[], given: unknown): Value | undefined {
  return given === undefined ? values[0] : values.find((value) => value === given);
}

/** An unknown lab or platform, and a lab that cannot run there. */
function choiceIssues(
  labs: Configurations,
  raw: Readonly<Record<string, unknown>>,
  { lab, platform }: Choice,
): ConfigIssue[] {
  const choices = z.object({ lab: z.enum(namesOf(labs)).optional(), platform: z.enum(platformsOf(labs)).optional() });
  const unknown = choices.safeParse(raw).error?.issues ?? [];
  const issues = unknown.flatMap((issue) => describeIssue(issue, raw, () => "is not a setting"));
  if (lab === undefined || platform === undefined || lab.platforms[platform] !== undefined) {
    return issues;
  }
  const here = Object.keys(lab.platforms).join(" and ");
  const others = labs.filter(({ platforms }) => platforms[platform] !== undefined).map((one) => one.lab);
  const problem = `"${platform}" is asked for, and the ${lab.lab} lab runs on ${here} only; the ${others.join(" and the ")} lab runs on ${platform}`;
  return [...issues, { key: "platform", problem }];
}

/** A setting that has no meaning for what the user chose; if that is unknown, nobody can tell. */
function foreignIssues(key: string, { lab, platform }: Choice, { keys }: LabSettings<LabConfig>): ConfigIssue[] {
  if (lab === undefined) {
    return [];
  }
  const home = Object.keys(lab.platforms).find((one) => lab.platforms[one]?.keys.includes(key));
  if (home === undefined) {
    return [{ key, problem: `is not a setting of the ${lab.lab} lab; ${oneOf(keys)}` }];
  }
  return platform === undefined ? [] : [{ key, problem: belongsTo(home, key) }];
}

/** Every lab's settings on each of its platforms. */
function allSettings(labs: Configurations): LabSettings<LabConfig>[] {
  return labs.flatMap(({ platforms }) => Object.values(platforms));
}

/** Is this a setting of any lab? */
function isSetting(labs: Configurations, key: string): boolean {
  return allSettings(labs).some(({ keys }) => keys.includes(key));
}

/**
 * Reads the stack's configuration: the only place that does.
 * @throws LabConfigError with every problem at once
 */
export function readLabConfig(labs: Configurations): LabConfig {
  const all = JSON.parse(process.env["PULUMI_CONFIG"] ?? "{}") as Record<string, string>;
  return readSettings(labs, all, pulumi.getProject());
}

/**
 * What is wrong with the settings of a stack, for whoever cannot start the program.
 * @param labs all labs
 * @param all values by full key
 * @returns every problem
 */
export function settingsIssues(labs: Configurations, all: Readonly<Record<string, unknown>>): readonly Issue[] {
  try {
    readSettings(labs, all, "istio-lab");
    return [];
  } catch (error) {
    if (error instanceof LabConfigError) {
      return error.issues;
    }
    throw error;
  }
}

function readSettings(labs: Configurations, all: Readonly<Record<string, unknown>>, project: string): LabConfig {
  const listKeys = allSettings(labs).flatMap((settings) => settings.listKeys);
  const raw: Record<string, unknown> = {};
  const strangers: Issue[] = [];
  for (const [fullKey, value] of Object.entries(all)) {
    if (fullKey.startsWith(`${project}:`)) {
      const key = fullKey.slice(project.length + 1);
      raw[key] = listKeys.includes(key) && typeof value === "string" ? fromJson(value) : value;
    } else if (!fullKey.startsWith(ENGINE_NAMESPACE)) {
      strangers.push({ place: fullKey, problem: strangerProblem(labs, project, fullKey) });
    }
  }
  return withIssues(strangers, () => parseLabConfig(labs, raw));
}

/** What the engine itself reads, such as `pulumi:tags`. */
const ENGINE_NAMESPACE = "pulumi:";

/** The labs' providers have all that they need from the labs: what is set for them elsewhere would change nothing. */
function strangerProblem(labs: Configurations, project: string, fullKey: string): string {
  const name = fullKey.slice(fullKey.indexOf(":") + 1);
  const problem = `is a setting of another program, which the labs do not read; take it out`;
  return isSetting(labs, name) ? `${problem}, or write ${project}:${name}` : problem;
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
