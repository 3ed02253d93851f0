import { existsSync } from "node:fs";
import type { NeedyLab } from "../core/lab-needs";
import { FIRST_NODE_PORT, NODE_PORTS } from "../core/node-ports";
import { binFolder, setupCommand, toolchainFolder } from "../core/toolchain-key";
import { readToolchainManifest, type ToolchainManifest } from "../core/toolchain-manifest";
import { resolveVersionSet, versionTable } from "../core/versions";
import { ensureCache } from "./cache";
import { findProgram } from "../core/workstation/find-program";
import type { DoctorRow } from "./doctor-row";
import { imageIsThere } from "./image";
import { readMachineFacts, type MachineFacts } from "./machine-facts";
import { engineFix, labSizes, machineRows } from "./machine-rows";
import { isAcceptable, toolVersion, wantedText, type WantedTools } from "./machine-tools";
import { hostPlatform } from "./official/platform";
import { readRecord } from "./toolchain-folder";
import { decideSource, type SourceDecision } from "./source";
import { toolNames, type ToolName } from "./source-definition";
import { availableSets, wantedTools } from "./sources";

/** What a doctor may be told. */
export interface DoctorOptions {
  /** Version set, or `auto`. Default `auto`. */
  readonly versions?: string;
  readonly lab: NeedyLab;
  /** As in SetupOptions. */
  readonly labs?: readonly string[];
  /** The lab's ports on loopback. Default: 30000 to 30007, and 30022 for SSH. */
  readonly ports?: readonly number[];
}

/** What the doctor found. */
export interface DoctorReport {
  readonly decision: SourceDecision;
  readonly versionSet: string;
  readonly lab: string;
  readonly rows: readonly DoctorRow[];
  /** `fail` if any row fails, else `warn` if any warns. */
  readonly level: DoctorRow["level"];
}

/** What is looked at. */
interface Patient {
  readonly decision: SourceDecision;
  /** Folder of the toolchain. */
  readonly folder: string;
  readonly wanted: WantedTools;
  /** The command that prepares the toolchain. */
  readonly setup: string;
}

const defaultPorts = [...NODE_PORTS, FIRST_NODE_PORT + 22];

/**
 * Says what this machine has and lacks for a lab; changes nothing but to remember which source answers.
 * @throws VersionSetError if the source cannot give the version set
 */
export async function examine({
  versions = "auto",
  lab,
  labs,
  ports = defaultPorts,
}: DoctorOptions): Promise<DoctorReport> {
  const cache = ensureCache();
  const decision = await decideSource({ cache, platform: hostPlatform(), versions: versionTable.book });
  const sets = await availableSets(labs);
  const versionSet = resolveVersionSet(versions, decision.source, sets);
  const key = { source: decision.source, versionSet, lab: lab.name };
  const folder = toolchainFolder(key);
  const wanted = wantedTools({ versions: sets[versionSet] ?? versionTable.book, versionSet, lab });
  const patient: Patient = { decision, folder, wanted, setup: setupCommand(key) };
  const manifest = finishedManifest(patient);
  const [tools, facts] = await Promise.all([
    Promise.all(toolNames.map((tool) => toolRow(tool, patient))),
    readMachineFacts(cache, {
      ports,
      size: labSizes.smallest,
      vmImage: await imageThatIsThere(manifest?.images.vm),
    }),
  ]);
  const products = await productRows(manifest, facts, patient);
  const finished = [...tools, ...products].every((row) => row.level !== "fail");
  const rows = [...tools, ...products, ...machineRows(facts, decision.source, finished)];
  return { decision, versionSet, lab: lab.name, rows, level: worst(rows) };
}

/** One that is damaged counts as none: setup writes it again. */
function finishedManifest({ folder, setup }: Patient): ToolchainManifest | undefined {
  try {
    return readToolchainManifest(folder, setup);
  } catch {
    return undefined;
  }
}

async function imageThatIsThere(image: string | undefined): Promise<string | undefined> {
  return image !== undefined && (await imageIsThere(image)) ? image : undefined;
}

/** The worst level among rows. */
export function worst(rows: readonly Pick<DoctorRow, "level">[]): DoctorRow["level"] {
  const levels = rows.map((row) => row.level);
  return levels.includes("fail") ? "fail" : levels.includes("warn") ? "warn" : "ok";
}

async function toolRow(tool: ToolName, { decision, folder, wanted, setup }: Patient): Promise<DoctorRow> {
  const machine = readRecord(folder)?.machineTools[tool];
  const own = findProgram(tool, binFolder(folder));
  const common = { kind: "tool", name: tool, wanted: wantedText(tool, wanted) } as const;
  const path = own ?? findProgram(tool);
  const found = path === undefined ? undefined : await toolVersion(tool, path, folder);
  const source = machine || (own === undefined && path !== undefined) ? "machine" : decision.source;
  if (path === undefined) return { ...common, found: "missing", source: "", path: "", level: "fail", fix: setup };
  const good = found !== undefined && isAcceptable(tool, found, wanted);
  const verdict = own !== undefined && good ? ({ level: "ok" } as const) : ({ level: "fail", fix: setup } as const);
  return { ...common, found: found ?? "does not run", source, path, ...verdict };
}

async function productRows(
  manifest: ToolchainManifest | undefined,
  facts: MachineFacts,
  { setup }: Patient,
): Promise<DoctorRow[]> {
  if (!manifest) {
    const missing = {
      wanted: "made by setup",
      found: "missing",
      source: "",
      path: "",
      level: "fail",
      fix: setup,
    } as const;
    return [
      { kind: "image", name: "images", ...missing },
      { kind: "file", name: "files", ...missing },
    ];
  }
  const engineImages = (["kind-node", "vm"] as const).map(async (name): Promise<DoctorRow> => {
    const path = manifest.images[name] ?? "";
    const common = { kind: "image", name, wanted: "in the engine", source: manifest.source, path } as const;
    if (facts.engine.version === undefined) {
      const found = "not known: the engine does not answer";
      return { ...common, found, level: "warn", fix: engineFix(facts) };
    }
    return (await imageIsThere(path))
      ? { ...common, found: "there", level: "ok" }
      : { ...common, found: "missing", level: "fail", fix: setup };
  });
  const pulled = Object.entries(manifest.digests ?? {}).map(([reference, digest]): DoctorRow => {
    const wanted = "what its tag meant at first";
    return { kind: "image", name: reference, wanted, found: digest, source: manifest.source, path: "", level: "ok" };
  });
  const files = Object.entries<string>({ ...manifest.files }).map(([name, path]): DoctorRow => {
    const common = { kind: "file", name, wanted: "there", source: manifest.source, path } as const;
    return existsSync(path)
      ? { ...common, found: "there", level: "ok" }
      : { ...common, found: "missing", level: "fail", fix: setup };
  });
  const unavailable = manifest.unavailable.map(({ name, reason }): DoctorRow => ({
    kind: "image",
    name,
    wanted: "for the study notes' add-ons",
    found: `not available: ${reason}`,
    source: manifest.source,
    path: "",
    level: "warn",
    fix: "ISTIO_LAB_SOURCE=official npm run lab -- setup  # if official releases can be reached",
  }));
  return [...(await Promise.all(engineImages)), ...pulled, ...files, ...unavailable];
}
