import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { contains, formatCidr, isIpv4, overlaps, parseCidr } from "../infra/core/addresses";
import { formatIssues, type ConfigIssue } from "../infra/core/errors";
import { isDnsLabel } from "../infra/core/names";

/** The labs that can be built. */
export const LABS = ["vm"] as const;
export type LabName = (typeof LABS)[number];

/** Where a lab can stand. */
export const PLATFORMS = ["local"] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Rows of the version table, or the choice by what answers. */
export const VERSION_CHOICES = ["auto", "book", "current", "registry"] as const;

/** The add-ons of the notes, with their node ports. Notes 13.2.1. */
export const ADDON_NODE_PORTS = {
  prometheus: 30001,
  grafana: 30002,
  kiali: 30003,
  tracing: 30004,
  "kube-ops-view": 30007,
} as const;

/** Node ports that the notes use: 30000 to 30007. */
const NODE_PORT_COUNT = 8;

/** Distance from the port base to the SSH port of the first VM: 30022 by default. */
const SSH_PORT_OFFSET = 22;

/** A VM that joins the mesh. */
export interface VmConfig {
  /** Host name, a DNS label. */
  readonly name: string;
  /** Its number in the lab's network: 200 for 192.168.10.200. */
  readonly addressNumber: number;
  /** Port of loopback for its sshd. */
  readonly sshPort: number;
  /** ISTIO_AGENT_FLAGS of sidecar.env. Notes 13.5. */
  readonly agentFlags?: string;
  /** SECRET_TTL of sidecar.env, a Go duration. Notes 13.5. */
  readonly secretTtl?: string;
}

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

const oneOf = (values: readonly string[]) => `write one of ${values.join(", ")}`;

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

/** The notes' forum-vm is 192.168.10.200; further VMs follow it. */
const FIRST_VM_NUMBER = 200;

/** What may stand in a stack's configuration, and what it is there for; kept equal to Pulumi.yaml by a test. */
export const CONFIG_KEYS = Object.keys(schema.shape);

/**
 * Turns what the user wrote into a configuration that needs no further check.
 * @param raw values by key, without the project's name; lists already parsed from JSON
 * @throws LabConfigError with every problem at once
 */
export function parseLabConfig(raw: Readonly<Record<string, unknown>>): LabConfig {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    throw new LabConfigError(parsed.error.issues.flatMap((issue) => describeIssue(issue, raw)));
  }
  const values = parsed.data;
  const vms = values.vms.map((vm, index) => ({
    ...vm,
    index,
    sshPort: vm.sshPort ?? values.portBase + SSH_PORT_OFFSET + index,
  }));
  const networkCidr = values.networkCidr === "auto" ? NOTES_NETWORK : values.networkCidr;
  const issues = [
    ...addressIssues(values, networkCidr),
    ...vmIssues(vms, networkCidr),
    ...portIssues(values.portBase, vms),
  ];
  if (issues.length > 0) {
    throw new LabConfigError(issues);
  }
  const base = parseCidr(networkCidr).base;
  return {
    lab: values.lab,
    platform: values.platform,
    versions: values.versions,
    portBase: values.portBase,
    network: { cidr: networkCidr, orNextFree: values.networkCidr === "auto" },
    podCidr: values.podCidr,
    serviceCidr: values.serviceCidr,
    vms: vms.map(({ name, address, sshPort, agentFlags, secretTtl, index }) => ({
      name,
      sshPort,
      addressNumber: address === undefined ? FIRST_VM_NUMBER + index : parseCidr(`${address}/32`).base - base,
      ...(agentFlags === undefined ? {} : { agentFlags }),
      ...(secretTtl === undefined ? {} : { secretTtl }),
    })),
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

type SchemaIssue = z.core.$ZodIssue;

/** Puts one of zod's issues into our own words. */
function describeIssue(issue: SchemaIssue, raw: unknown): ConfigIssue[] {
  const key = issue.path.reduce<string>(
    (path, part) =>
      typeof part === "number" ? `${path}[${part}]` : path === "" ? String(part) : `${path}.${String(part)}`,
    "",
  );
  const value = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    raw,
  );
  const given = value === undefined ? "nothing" : JSON.stringify(value);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((name) => ({
        key: key === "" ? name : `${key}.${name}`,
        problem: `is not a setting; ${key === "" ? oneOf(CONFIG_KEYS) : oneOf(Object.keys(vmSchema.shape))}`,
      }));
    case "invalid_value":
      return [{ key, problem: `${given} is unknown; ${oneOf(issue.values.map(String))}` }];
    case "invalid_union":
      return (issue.errors.at(-1) ?? []).flatMap((inner) => describeIssue({ ...inner, path: issue.path }, raw));
    case "too_small":
    case "too_big":
      return [
        {
          key,
          problem: `${given} is out of range; ${key === "vms" ? "name at least one VM" : "use a port from 1024 to 65535"}`,
        },
      ];
    case "invalid_type":
      return [
        {
          key,
          problem: `${given} is not ${issue.expected === "int" ? "a whole number" : `of type ${issue.expected}`}`,
        },
      ];
    case "custom":
      return [{ key, problem: issue.params?.["whole"] === true ? issue.message : `${given} ${issue.message}` }];
    default:
      return [{ key, problem: `${given} ${issue.message}` }];
  }
}

function addressIssues(values: { podCidr: string; serviceCidr: string }, networkCidr: string): ConfigIssue[] {
  const named = { podCidr: values.podCidr, serviceCidr: values.serviceCidr, networkCidr };
  const entries = Object.entries(named).map(([key, text]) => ({ key, network: parseCidr(text) }));
  const issues = entries.flatMap((one, index) =>
    entries
      .slice(index + 1)
      .filter((other) => overlaps(one.network, other.network))
      .map((other) => ({
        key: one.key,
        problem: `${formatCidr(one.network)} overlaps ${other.key} ${formatCidr(other.network)}; choose networks that share no address`,
      })),
  );
  if (parseCidr(networkCidr).prefix > 25) {
    issues.push({
      key: "networkCidr",
      problem: `${networkCidr} is too small for nodes, VMs and load balancers; use a /25 or larger`,
    });
  }
  return issues;
}

interface ParsedVm {
  readonly name: string;
  readonly address?: string | undefined;
  readonly sshPort: number;
}

function vmIssues(vms: readonly ParsedVm[], networkCidr: string): ConfigIssue[] {
  const network = parseCidr(networkCidr);
  const size = 2 ** (32 - network.prefix);
  return vms.flatMap((vm, index) => {
    const issues: ConfigIssue[] = [];
    const number =
      vm.address === undefined ? FIRST_VM_NUMBER + index : parseCidr(`${vm.address}/32`).base - network.base;
    const before = vms.slice(0, index);
    if (before.some(({ name }) => name === vm.name)) {
      issues.push({
        key: `vms[${index}].name`,
        problem: `"${vm.name}" is there twice; give every VM a name of its own`,
      });
    }
    if (vm.address !== undefined && before.some(({ address }) => address === vm.address)) {
      issues.push({
        key: `vms[${index}].address`,
        problem: `${vm.address} is there twice; give every VM an address of its own`,
      });
    }
    if (vm.address !== undefined && !contains(network, vm.address)) {
      issues.push({
        key: `vms[${index}].address`,
        problem: `${vm.address} is not in the lab's network ${networkCidr}`,
      });
    } else if (number < 16 || number >= size - Math.min(16, size / 4)) {
      issues.push({
        key: `vms[${index}].address`,
        problem: `number ${number} of ${networkCidr} is reserved for nodes (below 16) or load balancers (the last 16); choose another`,
      });
    }
    return issues;
  });
}

/** Every port of loopback that the lab takes, by what takes it. */
export function takenPorts(
  portBase: number,
  vms: readonly { name: string; sshPort: number }[],
): { port: number; key: string }[] {
  return [
    ...Array.from({ length: NODE_PORT_COUNT }, (_, index) => ({ port: portBase + index, key: "portBase" })),
    ...vms.map(({ sshPort }, index) => ({ port: sshPort, key: `vms[${index}].sshPort` })),
  ];
}

function portIssues(portBase: number, vms: readonly ParsedVm[]): ConfigIssue[] {
  const seen = new Map<number, string>();
  return takenPorts(portBase, vms).flatMap(({ port: number, key }) => {
    const holder = seen.get(number);
    seen.set(number, key);
    if (number > 65535) {
      return [
        { key, problem: `port ${number} is out of range; the lab needs the ports up to portBase + ${SSH_PORT_OFFSET}` },
      ];
    }
    return holder === undefined
      ? []
      : [{ key, problem: `port ${number} is used twice, by ${holder} too; choose another` }];
  });
}
