import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isIpv4, parseCidr } from "../infra/core/addresses";
import { formatIssues, type ConfigIssue } from "../infra/core/errors";
import { isDnsLabel } from "../infra/core/names";
import { addressIssues, placeVm, portIssues, vmIssues, type VmConfig } from "./config-rules";
import { describeIssue } from "./config-wording";

/** The labs that can be built. */
export const LABS = ["vm"] as const;
export type LabName = (typeof LABS)[number];

/** Where a lab can stand. */
export const PLATFORMS = ["local"] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Rows of the version table, or the choice by what answers. */
export const VERSION_CHOICES = ["auto", "book", "current", "registry"] as const;

/** The `vm` lab on this machine. */
export interface VmLabConfig {
  readonly lab: "vm";
  readonly platform: "local";
  readonly versions: (typeof VERSION_CHOICES)[number];
  /** First of eight ports on loopback that reach the node ports 30000 to 30007. */
  readonly portBase: number;
  /** The lab's network wanted, and whether the next free one will do. */
  readonly network: { readonly cidr: string; readonly orNextFree: boolean };
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly vms: readonly VmConfig[];
}

/** What a lab is built from; grows by one member a lab. */
export type LabConfig = VmLabConfig;

/** Shows the text and no stack: the user's mistake, not the program's. */
export class LabConfigError extends pulumi.RunError {
  public constructor(public readonly issues: readonly ConfigIssue[]) {
    super(formatIssues(issues));
  }
}

const port = z.coerce.number().int().min(1024).max(65535);

const vmSchema = z.strictObject({
  name: z.string().refine(isDnsLabel, "is not a DNS label; use lower case letters, digits and hyphens, e.g. forum-vm"),
  address: z.string().refine(isIpv4, "is not an IPv4 address; write it like 192.168.10.200").optional(),
  sshPort: port.optional(),
  agentFlags: z
    .string()
    .regex(/^[^"\n]*$/, "has a quotation mark or line break; write flags like --log_output_level=dns:debug")
    .optional(),
  secretTtl: z
    .string()
    .regex(/^(\d+(h|m|s))+$/, "is not a duration; write it like 12h0m0s")
    .optional(),
});

const cidr = z.string().superRefine((text, context) => {
  try {
    parseCidr(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message, params: { whole: true } });
  }
});

const schema = z.strictObject({
  lab: z.enum(LABS).default("vm"),
  platform: z.enum(PLATFORMS).default("local"),
  versions: z.enum(VERSION_CHOICES).default("auto"),
  portBase: port.default(30000),
  networkCidr: z.union([z.literal("auto"), cidr]).default("auto"),
  podCidr: cidr.default("172.16.0.0/16"),
  serviceCidr: cidr.default("10.10.200.0/24"),
  vms: z
    .array(vmSchema)
    .min(1)
    .default([{ name: "forum-vm", address: "192.168.10.200" }]),
});

/** The notes' network, which `networkCidr: auto` tries first. */
const NOTES_NETWORK = "192.168.10.0/24";

/** What may stand in a stack's configuration, and what it is there for; kept equal to Pulumi.yaml by a test. */
export const CONFIG_KEYS = Object.keys(schema.shape);

/** What may stand at a path of the configuration: the whole's keys, or a VM's. */
const allowedKeys = (path: string): readonly string[] => (path === "" ? CONFIG_KEYS : Object.keys(vmSchema.shape));

/**
 * Turns what the user wrote into a configuration that needs no further check.
 * @param raw values by key, without the project's name; lists already parsed from JSON
 * @throws LabConfigError with every problem at once
 */
export function parseLabConfig(raw: Readonly<Record<string, unknown>>): LabConfig {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    throw new LabConfigError(parsed.error.issues.flatMap((issue) => describeIssue(issue, raw, allowedKeys)));
  }
  const values = parsed.data;
  const networkCidr = values.networkCidr === "auto" ? NOTES_NETWORK : values.networkCidr;
  const vms = values.vms.map((vm) => placeVm(vm, values.portBase, networkCidr));
  const issues = [
    ...addressIssues({ podCidr: values.podCidr, serviceCidr: values.serviceCidr, networkCidr }),
    ...vmIssues(vms, networkCidr),
    ...portIssues(values.portBase, vms),
  ];
  if (issues.length > 0) {
    throw new LabConfigError(issues);
  }
  return {
    lab: values.lab,
    platform: values.platform,
    versions: values.versions,
    portBase: values.portBase,
    network: { cidr: networkCidr, orNextFree: values.networkCidr === "auto" },
    podCidr: values.podCidr,
    serviceCidr: values.serviceCidr,
    vms,
  };
}

/**
 * Reads the stack's configuration: the only place that does.
 * @throws LabConfigError with every problem at once
 */
export function readLabConfig(): LabConfig {
  const project = pulumi.getProject();
  const raw: Record<string, unknown> = {};
  const all = JSON.parse(process.env["PULUMI_CONFIG"] ?? "{}") as Record<string, string>;
  for (const [key, value] of Object.entries(all)) {
    if (key.startsWith(`${project}:`)) {
      raw[key.slice(project.length + 1)] = key.endsWith(":vms") ? fromJson(value) : value;
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
