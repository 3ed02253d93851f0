import { statSync } from "node:fs";
import { ask, environmentFor } from "../core/child";
import type { CommonVersions } from "../core/versions";
import { cacheFolder } from "../core/paths";
import { pulumiHome } from "../core/toolchain-key";
import { findProgram } from "../core/workstation/find-program";
import type { ToolName } from "./source-definition";

/** A tool that was on the machine already. */
export interface MachineTool {
  readonly path: string;
  /** Without a leading `v`. */
  readonly version: string;
  /** Size and time of change: a tool that is replaced is looked at again. */
  readonly stamp: string;
}

/** The versions that decide whether a tool of the machine will do. */
export type WantedTools = Pick<CommonVersions, "kind" | "pulumi"> & {
  readonly kubectl: string;
  readonly istioctl: string;
};

/** What makes each tool print its version, and no more than that. */
const versionArguments: Readonly<Record<ToolName, readonly string[]>> = {
  pulumi: ["version"],
  kind: ["version"],
  kubectl: ["version", "--client", "--output=json"],
  istioctl: ["version", "--remote=false"],
};

/** Oldest Pulumi that knows all that the SDK of package.json asks of its engine. */
const oldestPulumi = "3.248.0";

/**
 * Whether a tool of the machine does what the labs need of it.
 * - kind: of the wanted major version and not older: its images and its own defaults follow its version
 * - kubectl: at most one minor version away, as Kubernetes promises
 * - istioctl: exactly the wanted one: it installs the control plane of its own version
 * - pulumi: version 3, not older than the SDK
 */
export function isAcceptable(tool: ToolName, found: string, wanted: WantedTools): boolean {
  switch (tool) {
    case "istioctl":
      return found === wanted.istioctl;
    case "kubectl": {
      const [major, minor] = numbers(found);
      const [wantedMajor, wantedMinor] = numbers(wanted.kubectl);
      return major === wantedMajor && Math.abs(minor - wantedMinor) <= 1;
    }
    case "kind":
      return isAtLeast(found, wanted.kind);
    case "pulumi":
      return isAtLeast(found, oldestPulumi);
  }
}

/** The words for what `isAcceptable` wants. */
export function wantedText(tool: ToolName, wanted: WantedTools): string {
  switch (tool) {
    case "istioctl":
      return wanted.istioctl;
    case "kubectl":
      return `${wanted.kubectl} ± 1 minor`;
    case "kind":
      return `>= ${wanted.kind}`;
    case "pulumi":
      return `>= ${oldestPulumi}`;
  }
}

/** The first version in what a tool prints. */
export function versionIn(text: string): string | undefined {
  return /\bv?(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?)/.exec(text)?.[1];
}

/**
 * Asks a tool for its version.
 * @param toolchain folder of the toolchain, in which Pulumi has its own folder
 * @returns undefined if it does not run or prints none
 */
export async function toolVersion(tool: ToolName, path: string, toolchain: string): Promise<string | undefined> {
  // Pulumi writes a log into its home at every run, and would make ~/.pulumi for that.
  const env = { ...environmentFor(), PULUMI_HOME: pulumiHome(toolchain) };
  const answer = await ask(path, versionArguments[tool], { env });
  if (!answer.ok) return undefined;
  const json = tool === "kubectl" ? /"gitVersion":\s*"([^"]+)"/.exec(answer.stdout)?.[1] : undefined;
  return versionIn(json ?? answer.stdout);
}

/**
 * Looks for tools on PATH that will do.
 * @param toolchain folder of the toolchain; its own tools do not count, nor do those of any other
 */
export async function findMachineTools(
  tools: readonly ToolName[],
  wanted: WantedTools,
  toolchain: string,
): Promise<Partial<Record<ToolName, MachineTool>>> {
  const found = await Promise.all(
    tools.map(async (tool) => {
      const path = findProgram(tool, process.env["PATH"], cacheFolder());
      const version = path === undefined ? undefined : await toolVersion(tool, path, toolchain);
      if (path === undefined || version === undefined || !isAcceptable(tool, version, wanted)) return [];
      return [[tool, { path, version, stamp: stampOf(path) }] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** Whether a tool of the machine is still the one that was looked at. */
export function isUnchanged(tool: MachineTool): boolean {
  return stampOf(tool.path) === tool.stamp;
}

function stampOf(path: string): string {
  try {
    const { size, mtimeMs } = statSync(path);
    return `${String(size)}-${String(mtimeMs)}`;
  } catch {
    return "gone";
  }
}

function isAtLeast(found: string, oldest: string): boolean {
  const [a, b] = [numbers(found), numbers(oldest)];
  if (a[0] !== b[0]) return false;
  return a[1] !== b[1] ? a[1] > b[1] : a[2] >= b[2];
}

function numbers(version: string): [number, number, number] {
  const [major, minor, patch] = version.split(/[.+-]/).map(Number);
  return [major ?? 0, minor ?? 0, patch ?? 0];
}
