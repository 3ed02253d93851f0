import { z } from "zod";
import { parseCidr } from "../../infra/core/addresses";
import type { ConfigIssue } from "../../infra/core/errors";
import { versionSets } from "../../infra/core/version-sets";
import { setNames } from "../../infra/core/versions";
import type { LabRequirements } from "./requirements";
import type { ConfigMachine } from "./machine";
import { describeIssue, oneOf } from "./messages";

/** What every lab's configuration has. */
export interface LabConfig {
  /** The lab's name. */
  readonly lab: string;
  readonly platform: string;
  /** A version set, or `auto`. */
  readonly versions: string;
}

/** Text of which something may be wrong; `problemOf` says it as it follows what was given. */
export const judgedBy = (problemOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== undefined) {
      context.addIssue({ code: "custom", message });
    }
  });

/** A whole number within bounds, in digits alone: neither 3e4 nor 0x7530 nor 30000.0. Pulumi hands numbers over as text. */
export const wholeNumber = (least: number, most: number, unit: string) =>
  z
    .unknown()
    .refine((value) => isWholeNumber(value) && Number(value) >= least && Number(value) <= most, {
      message: `is not a whole number of ${unit} from ${least} to ${most}`,
    })
    .transform(Number);

/** Nine digits are more than any setting wants. */
function isWholeNumber(value: unknown): boolean {
  return (typeof value === "string" || typeof value === "number") && /^\d{1,9}$/.test(String(value));
}

/** Text that a reader of `infra/core` accepts; what the reader throws is the issue. */
export const readBy = (reader: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      reader(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message, params: { whole: true } });
    }
  });

/** A port of loopback; written as every whole number. */
export const port = z
  .unknown()
  .superRefine((value, context) => {
    const problem = portProblem(value);
    if (problem !== undefined) {
      context.addIssue({ code: "custom", message: `${problem}; use a port from 1024 to 65535` });
    }
  })
  .transform(Number);

function portProblem(value: unknown): string | undefined {
  if (!isWholeNumber(value)) {
    return "is not a whole number in digits";
  }
  return Number(value) < 1024 || Number(value) > 65535 ? "is out of range" : undefined;
}

/** An IPv4 network. */
export const cidr = readBy(parseCidr);

/** Yes or no; Pulumi hands it over as text. */
export const flag = z.literal([true, false, "true", "false"]).transform((value) => String(value) === "true");

/** A row of the version table or a set of the user's own, or the choice by what answers. */
export const versionSet = z.string().superRefine((text, context) => {
  let problem: string | undefined;
  try {
    const names = setNames(versionSets());
    problem = names.includes(text) ? undefined : `is unknown; ${oneOf(names)}`;
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message, params: { whole: true } });
  }
  if (problem !== undefined) {
    context.addIssue({ code: "custom", message: problem });
  }
});

/** The keys by which every other one is read. */
export const CHOICE_KEYS = ["lab", "platform"] as const;

/** The other settings that every lab has; `auto` lets the lab choose, since Pulumi.yaml gives one default to all labs. */
export const COMMON_SHAPE = {
  versions: versionSet.default("auto"),
  portBase: z.union([z.literal("auto"), port]).default("auto"),
  networkCidr: z.union([z.literal("auto"), cidr]).default("auto"),
};

/** The settings that every lab has; kept equal to Pulumi.yaml by a test. */
export const COMMON_KEYS: readonly string[] = [...CHOICE_KEYS, ...Object.keys(COMMON_SHAPE)];

/** Says of a setting that it has no meaning where the lab is to run. */
export const belongsTo = (platform: string, name: string) =>
  `belongs to platform: ${platform}; set platform to ${platform}, or leave ${name} out`;

/** Could the value of this key, e.g. `vms[0].address`, be read? Rules leave alone what could not. */
export type Sound = (key: string) => boolean;

/** A configuration, and what is wrong with it. */
export interface Checked<Config> {
  /** Undefined if too little could be read to say more than the issues. */
  readonly config: Config | undefined;
  readonly issues: readonly ConfigIssue[];
}

/** What a lab lets the user set. */
export interface LabSettings<Config> {
  /** Every key, the common ones first. */
  readonly keys: readonly string[];
  /** Keys whose value is a list: JSON in Pulumi's configuration. */
  readonly listKeys: readonly string[];
  /** Reads and checks all of it but `lab` and `platform`. */
  readonly check: (raw: Readonly<Record<string, unknown>>, machine: ConfigMachine) => Checked<Config>;
}

/** What a lab lets the user set, and what it then asks of the machine. */
export interface LabConfiguration<Config> {
  /** By the names of the platforms on which it can run. */
  readonly platforms: Readonly<Record<string, LabSettings<Config>>>;
  /** What it asks of this machine; each port and network with the key that the user would set to change it. */
  requirements(config: Config): LabRequirements;
}

/**
 * Makes a lab's settings of its schema and its rules. What could not be read is left out before the rules are applied, so that both kinds of
 * problems are reported at once.
 * @param schema every key but `lab` and `platform`
 * @param elements what an element may hold, by the key of its list
 * @param place fills in what the user left open and says what cannot be combined
 * @param elsewhere what is wrong with an element's key that has a meaning elsewhere, by e.g. `vms[].sshPort`
 */
export function labSettings<Schema extends z.ZodObject, Config>(
  schema: Schema,
  elements: Readonly<Record<string, z.ZodObject>>,
  place: (values: z.output<Schema>, sound: Sound, machine: ConfigMachine) => Checked<Config>,
  elsewhere: Readonly<Record<string, string>> = {},
): LabSettings<Config> {
  const keys = [...CHOICE_KEYS, ...Object.keys(schema.shape)];
  const strayProblem = (path: string, name: string) => {
    const element = elements[path.replace(/\[.*/, "")];
    const allowed = element === undefined ? keys : Object.keys(element.shape);
    return elsewhere[`${path.replace(/\d+/, "")}.${name}`] ?? `is not a setting; ${oneOf(allowed)}`;
  };
  const check = (raw: Readonly<Record<string, unknown>>, machine: ConfigMachine): Checked<Config> => {
    const parsed = schema.safeParse(raw);
    if (parsed.success) {
      return place(parsed.data, () => true, machine);
    }
    const unread = parsed.error.issues.flatMap((issue) => describeIssue(issue, raw, strayProblem));
    const rest = schema.safeParse(withoutUnread(raw, parsed.error.issues));
    const issues = rest.success ? place(rest.data, soundBeside(unread), machine).issues : [];
    return { config: undefined, issues: [...unread, ...issues] };
  };
  return { keys, listKeys: Object.keys(elements), check };
}

/** A key is sound if neither it nor what holds it has an issue. */
function soundBeside(issues: readonly ConfigIssue[]): Sound {
  return (key) => !issues.some((issue) => key === issue.key || key.startsWith(`${issue.key}[`));
}

function withoutUnread(raw: Readonly<Record<string, unknown>>, issues: readonly z.core.$ZodIssue[]): unknown {
  const rest: unknown = structuredClone(raw);
  const paths = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );
  for (const path of paths) {
    const holder = path.slice(0, -1).reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)[key], rest);
    Reflect.deleteProperty(holder as object, path.at(-1) ?? "");
  }
  return rest;
}
