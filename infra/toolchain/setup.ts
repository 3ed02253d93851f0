import { existsSync } from "node:fs";
import { join } from "node:path";
import type { NeedyLab } from "../core/lab-needs";
import { toolchainFolder } from "../core/toolchain-key";
import type { ToolchainManifest, ToolchainSource } from "../core/toolchain-manifest";
import { resolveVersionSet, versionTable, type VersionSet } from "../core/versions";
import { ensurePrograms } from "./apt";
import { ensureCache } from "./cache";
import { findProgram } from "../core/workstation/find-program";
import { assertRepairable, ensureEngine, inspectEngine, type EngineReport } from "./engine";
import { areLinked, pluginFolder } from "./links";
import { acquireLock } from "../core/lock";
import { findMachineTools, isUnchanged } from "./machine-tools";
import { hostPlatform } from "./official/platform";
import { suspensionOf } from "../core/workstation/processes";
import { HERE } from "../core/workstation/surroundings";
import type { ProgressOutput } from "./progress";
import { runcShimStep } from "./registry/index";
import { findFinished, runSteps } from "./runner";
import { decideSource, type SourceDecision } from "./source";
import { toolNames, type SourceDefinition } from "./source-definition";
import { availableSets, defineSource, wantedTools, type SourceChoice } from "./sources";
import { withoutSteps } from "./step-graph";
import {
  fingerprintOf,
  keyOf,
  link,
  linksOf,
  manifestOf,
  readRecord,
  writeManifest,
  type SetupRecord,
  type Situation,
} from "./toolchain-folder";

/** What a set-up may be told. */
export interface SetupOptions {
  /** Version set, or `auto`. Default `auto`. */
  readonly versions?: string;
  /** The source of a stack that exists. Default: the one that serves this machine. */
  readonly source?: ToolchainSource;
  /** The lab whose Istio and Kubernetes are wanted. */
  readonly lab: NeedyLab;
  /** The labs of which each version set of the user's own has to say what they run on. Default: whatever labs a set names. */
  readonly labs?: readonly string[];
  /** Bring what only a lab in the cloud needs, too; it stays. Default false. */
  readonly cloud?: boolean;
  /** Ask again which source answers. Default false. */
  readonly probeAgain?: boolean;
  /** Where progress goes. Default: stderr. */
  readonly output?: ProgressOutput;
  /** Ends the set-up: finished steps stay. */
  readonly signal?: AbortSignal;
}

/**
 * Makes the toolchain complete: decides which source serves this machine, uses the machine's own tools if they will do,
 * downloads or builds the rest, and links everything into one folder. Done in a fraction of a second if nothing is missing;
 * can be killed at any moment and run again.
 * @throws Error whose message is for the user
 */
export async function ensureToolchain(options: SetupOptions): Promise<ToolchainManifest> {
  const { cache, decision, chosen } = await choose(options);
  const output = options.output ?? process.stderr;
  const say = (text: string): unknown => output.write(`${text}\n`);
  const report = await inspectEngine(cache);
  const ready = await findReady(situationOf(cache, chosen, report), report);
  if (ready) return ready;

  assertRepairable(report);
  say(describeDecision(decision, chosen.versionSet));
  assertBuildable(decision);
  const engine = await prepareMachine(cache, chosen, options, say);
  return await complete(situationOf(cache, chosen, engine), options, say);
}

/**
 * Links a toolchain into its folder if all that it consists of is there, e.g. for a lab that an older istio-lab built; builds nothing, and says nothing.
 * @returns undefined if something is missing
 */
export async function linkToolchain(
  options: Required<Pick<SetupOptions, "versions" | "lab" | "source">> & Pick<SetupOptions, "labs">,
): Promise<ToolchainManifest | undefined> {
  const { cache, chosen } = await choose(options);
  const situation = situationOf(cache, chosen, await inspectEngine(cache));
  const machineTools = await ownTools(situation);
  const finished = await findFinished(cache, neededSteps(situation.definition, machineTools));
  return finished && link(situation, machineTools, finished);
}

type Chosen = Omit<SourceChoice, "restrictedKernel">;

/** @throws VersionSetError if the source cannot give the set */
async function choose({ versions = "auto", lab, labs, source, cloud: isWanted, probeAgain = false }: SetupOptions) {
  const cache = ensureCache();
  const platform = hostPlatform();
  const decision: SourceDecision =
    source === undefined
      ? await decideSource({ cache, platform, versions: versionTable.book, again: probeAgain })
      : { source, reason: "the stack was built from them", by: "stack" };
  const sets = await availableSets(labs);
  const versionSet = resolveVersionSet(versions, decision.source, sets);
  // resolveVersionSet has found it.
  const row = sets[versionSet] ?? versionTable.book;
  const key = { source: decision.source, versionSet, lab };
  const cloud = isWanted === true || hasCloudPlugin(toolchainFolder(keyOf(key)), row);
  const chosen: Chosen = { ...key, platform, cloud, versions: row };
  return { cache, decision, chosen };
}

/** What was brought for AWS once stays: a stack that exists there still needs it. */
function hasCloudPlugin(toolchain: string, versions: VersionSet): boolean {
  const folder = pluginFolder(toolchain, "pulumi-resource-aws", versions);
  return folder !== undefined && existsSync(join(folder, "pulumi-resource-aws"));
}

/** An engine's containers may be for another processor than this machine: Docker runs elsewhere, or Node.js by emulation. */
function situationOf(cache: string, chosen: Chosen, { processor, restrictedKernel }: EngineReport): Situation {
  const engineProcessor = processor === undefined ? {} : { engineProcessor: processor };
  const choice: SourceChoice = { ...chosen, ...engineProcessor, restrictedKernel };
  return { cache, folder: toolchainFolder(keyOf(choice)), choice, definition: defineSource(choice) };
}

/** The toolchain if nothing at all is to do. */
async function findReady(situation: Situation, engine: EngineReport): Promise<ToolchainManifest | undefined> {
  const record = readRecord(situation.folder);
  if (engine.version === undefined || record?.fingerprint !== fingerprintOf(situation)) return undefined;
  if (!Object.values(record.machineTools).every(isUnchanged)) return undefined;
  const steps = neededSteps(situation.definition, record.machineTools);
  const finished = await findFinished(situation.cache, steps);
  if (!finished || !areLinked(linksOf(situation, record.machineTools, finished))) return undefined;
  const manifest = manifestOf(situation, finished);
  // Written again if somebody removed it or an older istio-lab wrote it.
  writeManifest(situation.folder, manifest);
  return manifest;
}

async function prepareMachine(
  cache: string,
  choice: Chosen,
  options: SetupOptions,
  say: (text: string) => unknown,
): Promise<EngineReport> {
  const lock = await acquireLock(join(cache, "engine.lock"), {
    ...(options.signal ? { signal: options.signal } : {}),
    onWait: ({ pid }) =>
      say(`another set-up prepares the engine (process ${String(pid)}): ${suspensionOf(pid) ?? "waiting for it"}`),
  });
  try {
    const registry = { source: "registry", versionSet: "registry", versions: versionTable.registry } as const;
    const builder = defineSource({ ...choice, ...registry, restrictedKernel: true });
    await ensurePrograms(choice.source === "registry" ? builder.programs : {}, { say });
    return await ensureEngine({ cache, say, shim: () => buildShim(cache, builder, options) });
  } finally {
    lock.release();
  }
}

/** The shim is built from our own source in either mode: it needs Go and nothing else. */
async function buildShim(cache: string, builder: SourceDefinition, options: SetupOptions): Promise<string> {
  // Where the machine has no Go, PyPI has one.
  const output = options.output ?? process.stderr;
  const say = (text: string): unknown => output.write(`${text}\n`);
  if (findProgram("go") === undefined) await ensurePrograms({ python3: "python3", pip3: "python3-pip" }, { say });
  const steps = withOnly(builder, runcShimStep);
  const result = await runSteps({ cache, steps, ...runOptions(options) });
  return join(result.folder(runcShimStep), "runc-shim");
}

function withOnly(builder: SourceDefinition, name: string): SourceDefinition["steps"] {
  const byName = new Map(builder.steps.map((step) => [step.name, step]));
  const wanted = new Set<string>();
  const want = (step: string): void => {
    wanted.add(step);
    byName.get(step)?.needs.forEach(want);
  };
  want(name);
  return builder.steps.filter((step) => wanted.has(step.name));
}

async function complete(
  situation: Situation,
  options: SetupOptions,
  say: (text: string) => unknown,
): Promise<ToolchainManifest> {
  const { cache, definition } = situation;
  const started = Date.now();
  const machineTools = await ownTools(situation);
  for (const [name, tool] of Object.entries(machineTools))
    say(`using this machine's ${name} ${tool.version} (${tool.path})`);
  const result = await runSteps({ cache, steps: neededSteps(definition, machineTools), ...runOptions(options) });
  const manifest = link(situation, machineTools, result);
  say(`the toolchain is ready after ${((Date.now() - started) / 1_000).toFixed(1)} s: ${situation.folder}`);
  return manifest;
}

/** The tools of this machine that will do. */
async function ownTools({ choice, folder }: Situation): Promise<SetupRecord["machineTools"]> {
  return await findMachineTools(toolNames, wantedTools(choice), folder);
}

function runOptions(options: SetupOptions): { output?: ProgressOutput; signal?: AbortSignal } {
  return {
    ...(options.output ? { output: options.output } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  };
}

/** All steps but those whose only product is a tool that the machine has. */
function neededSteps(
  definition: SourceDefinition,
  machineTools: SetupRecord["machineTools"],
): SourceDefinition["steps"] {
  const unwanted = toolNames.filter((name) => machineTools[name]).map((name) => definition.tools[name].step);
  const otherwiseWanted = toolNames.filter((name) => !machineTools[name]).map((name) => definition.tools[name].step);
  return withoutSteps(
    definition.steps,
    unwanted.filter((step) => !otherwiseWanted.includes(step)),
  );
}

function describeDecision(decision: SourceDecision, versionSet: string): string {
  const source = decision.source === "official" ? "official releases" : "package registries";
  const remembered = decision.by === "remembered" ? ", as found out before" : "";
  return `tools and images come from ${source} (${decision.reason}${remembered}); versions: ${versionSet}`;
}

/** Root file systems are made by debootstrap and chroot, which want root on Debian or Ubuntu. */
function assertBuildable(decision: SourceDecision): void {
  if (decision.source === "official" || (HERE.platform === "linux" && HERE.isRoot)) return;
  throw new Error(
    `building from package registries needs root on Debian or Ubuntu, and ${decision.reason}; ` +
      "use istio-lab as root (sudo -i), or set ISTIO_LAB_MIRROR to a mirror of the releases, or ISTIO_LAB_SOURCE=official to try them anyway",
  );
}
