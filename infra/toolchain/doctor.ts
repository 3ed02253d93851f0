import { existsSync } from "node:fs";
import { FIRST_NODE_PORT, NODE_PORTS } from "../core/node-ports";
import { binFolder, cacheFolder } from "../core/paths";
import { readToolchainManifest, type ToolchainManifest } from "../core/toolchain-manifest";
import { resolveVersionSet, versionTable, type VersionChoice, type VersionedLab } from "../core/versions";
import { ensureCache } from "./cache";
import { findProgram } from "./command";
import type { DoctorRow } from "./doctor-row";
import { imageIsThere } from "./image";
import { readMachineFacts, type MachineFacts } from "./machine-facts";
import { engineFix, labSizes, machineRows } from "./machine-rows";
import { isAcceptable, toolVersion, wantedText, type WantedTools } from "./machine-tools";
import { hostPlatform } from "./official/platform";
import { readRecord } from "./setup";
import { decideSource, type SourceDecision } from "./source";
import { toolNames, type ToolName } from "./source-definition";
import { wantedTools } from "./sources";

/** What a doctor may be told. */
export interface DoctorOptions {
  /** Version set. Default `auto`. */
  readonly versions?: VersionChoice;
  /** Default `vm`. */
  readonly lab?: VersionedLab;
  /** The lab's ports on loopback. Default: 30000 to 30007, and 30022 for SSH. */
  readonly ports?: readonly number[];
}

/** What the doctor found. */
export interface DoctorReport {
  readonly decision: SourceDecision;
  readonly versionSet: string;
  readonly rows: readonly DoctorRow[];
  /** `fail` where any row fails, else `warn` where any warns. */
  readonly level: DoctorRow["level"];
}

const setup = "npm run lab -- setup";
const defaultPorts = [...NODE_PORTS, FIRST_NODE_PORT + 22];

/** Says what this machine has and lacks; changes nothing but to remember which source answers. */
export async function examine(options: DoctorOptions = {}): Promise<DoctorReport> {
  const cache = ensureCache();
  const decision = await decideSource({ cache, platform: hostPlatform(), versions: versionTable.book });
  const versionSet = resolveVersionSet(options.versions ?? "auto", decision.source);
  const manifest = finishedManifest();
  const wanted = wantedTools({ versionSet, lab: options.lab ?? "vm" });
  const [tools, facts] = await Promise.all([
    Promise.all(toolNames.map((tool) => toolRow(tool, wanted, decision))),
    readMachineFacts(cache, {
      ports: options.ports ?? defaultPorts,
      size: labSizes.smallest,
      vmImage: await imageThatIsThere(manifest?.images.vm),
    }),
  ]);
  const products = await productRows(manifest, facts);
  const finished = [...tools, ...products].every((row) => row.level !== "fail");
  const rows = [...tools, ...products, ...machineRows(facts, decision.source, finished)];
  return { decision, versionSet, rows, level: worst(rows) };
}

/** One that is damaged counts as none: setup writes it anew. */
function finishedManifest(): ToolchainManifest | undefined {
  try {
    return readToolchainManifest();
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

async function toolRow(tool: ToolName, wanted: WantedTools, decision: SourceDecision): Promise<DoctorRow> {
  const machine = readRecord(cacheFolder())?.machineTools[tool];
  const own = findProgram(tool, binFolder());
  const common = { kind: "tool", name: tool, wanted: wantedText(tool, wanted) } as const;
  const path = own ?? findProgram(tool);
  const found = path === undefined ? undefined : await toolVersion(tool, path);
  const source = machine || (own === undefined && path !== undefined) ? "machine" : decision.source;
  if (path === undefined) return { ...common, found: "missing", source: "", path: "", level: "fail", fix: setup };
  const good = found !== undefined && isAcceptable(tool, found, wanted);
  const verdict = own !== undefined && good ? ({ level: "ok" } as const) : ({ level: "fail", fix: setup } as const);
  return { ...common, found: found ?? "does not run", source, path, ...verdict };
}

async function productRows(manifest: ToolchainManifest | undefined, facts: MachineFacts): Promise<DoctorRow[]> {
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
    wanted: "for the notes' add-ons",
    found: `not to be had: ${reason}`,
    source: manifest.source,
    path: "",
    level: "warn",
    fix: "ISTIO_LAB_SOURCE=official npm run lab -- setup  # if official releases can be reached",
  }));
  return [...(await Promise.all(engineImages)), ...pulled, ...files, ...unavailable];
}
