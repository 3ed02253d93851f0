import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../core/json";
import { binFolder, keyText, manifestFile, type ToolchainKey } from "../core/toolchain-key";
import type { ToolchainManifest } from "../core/toolchain-manifest";
import { writeFileAtomic } from "./files";
import { makeLinks, pluginFolder, removeOthers, type Link } from "./links";
import type { MachineTool } from "./machine-tools";
import type { RunResult } from "./runner";
import { toolNames, type SourceDefinition, type ToolName } from "./source-definition";
import type { SourceChoice } from "./sources";
import { planSteps } from "./step-graph";

/** What the last set-up was made for, and with which tools of the machine. */
export interface SetupRecord {
  readonly fingerprint: string;
  readonly machineTools: Readonly<Partial<Record<ToolName, MachineTool>>>;
}

/** A set-up that is decided: which toolchain, in which folder, and what it is made of. */
export interface Situation {
  readonly cache: string;
  /** Folder of the toolchain. */
  readonly folder: string;
  readonly choice: SourceChoice;
  readonly definition: SourceDefinition;
}

/** The key of the toolchain that is chosen. */
export function keyOf({ source, versionSet, lab }: Pick<SourceChoice, keyof ToolchainKey>): ToolchainKey {
  return { source, versionSet, lab: lab.name };
}

/** Leads the toolchain's folder to what its steps have made, and to nothing else. */
export function link(
  situation: Situation,
  machineTools: SetupRecord["machineTools"],
  result: RunResult,
): ToolchainManifest {
  const { folder } = situation;
  const links = linksOf(situation, machineTools, result);
  makeLinks(links);
  removeOthers(binFolder(folder), links);
  const manifest = manifestOf(situation, result);
  const record: SetupRecord = { fingerprint: fingerprintOf(situation), machineTools };
  writeFileAtomic(recordFile(folder), `${JSON.stringify(record, null, 2)}\n`);
  // Last: whoever finds it finds the rest.
  writeManifest(folder, manifest);
  return manifest;
}

/** What of the folder leads to what the steps have made, or to the machine's own tools. */
export function linksOf(
  { folder: toolchain, choice, definition }: Situation,
  machineTools: SetupRecord["machineTools"],
  result: RunResult,
): Link[] {
  const bin = binFolder(toolchain);
  const tools = toolNames.map((name): Link => {
    const { step, file } = definition.tools[name];
    const machine = machineTools[name];
    if (machine) return { path: join(bin, name), target: machine.path, kind: "symbolic" };
    const kind = name === "pulumi" && "pulumi-language-nodejs" in definition.plugins ? "hard" : "symbolic";
    return { path: join(bin, name), target: join(result.folder(step), file), kind };
  });
  const plugins = Object.entries(definition.plugins).flatMap(([name, { step, file }]): Link[] => {
    const target = join(result.folder(step), file);
    const folder = pluginFolder(toolchain, name, choice.versions);
    const installed: Link[] = folder === undefined ? [] : [{ path: join(folder, name), target, kind: "symbolic" }];
    // Beside `pulumi` too: that is where the engine looks for language hosts, and a plain `pulumi up` for the others.
    return [{ path: join(bin, name), target, kind: "symbolic" }, ...installed];
  });
  return [...tools, ...plugins];
}

/** What the toolchain tells the program. */
export function manifestOf({ folder, choice, definition }: Situation, result: RunResult): ToolchainManifest {
  return {
    schema: 1,
    ...keyOf(choice),
    binFolder: binFolder(folder),
    restrictedKernel: choice.restrictedKernel,
    ...definition.manifest((step) => result.folder(step)),
  };
}

/** Changes with everything that decides what has to be there. */
export function fingerprintOf({ choice, definition }: Situation): string {
  const steps = planSteps(definition.steps).map((planned) => planned.folder);
  return createHash("sha256")
    .update(JSON.stringify([keyText(keyOf(choice)), choice.platform, choice.restrictedKernel, steps]))
    .digest("hex");
}

/** Writes the manifest unless it is there as it is wanted. */
export function writeManifest(folder: string, manifest: ToolchainManifest): void {
  const file = manifestFile(folder);
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  if (readText(file) !== text) writeFileAtomic(file, text);
}

function recordFile(folder: string): string {
  return join(folder, "setup.json");
}

/**
 * What the last finished set-up of a toolchain noted down.
 * @param folder of the toolchain
 */
export function readRecord(folder: string): SetupRecord | undefined {
  return readJson(recordFile(folder)) as SetupRecord | undefined;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
