import { labInSet, type NeedyLab } from "../core/lab-needs";
import type { Processor } from "../core/processor";
import type { ToolchainKey } from "../core/toolchain-key";
import { VERSION_SETS_VARIABLE, versionTable, type OfficialVersions, type VersionSet } from "../core/versions";
import type { WantedTools } from "./machine-tools";
import { officialManifest } from "./official/manifest";
import type { Platform } from "./official/platform";
import { releases } from "./official/releases";
import { officialSteps, pulumiPlugins } from "./official/steps";
import { pluginSteps } from "./plugins/bundle";
import { registryManifest, registrySteps, registryTools } from "./registry/index";
import type { ProgramFile, SourceDefinition, ToolName } from "./source-definition";

/** What decides which steps a source has. */
export interface SourceChoice extends Omit<ToolchainKey, "lab"> {
  readonly lab: NeedyLab;
  /** The row of `versionSet`. */
  readonly versions: VersionSet;
  readonly platform: Platform;
  /** Processor of the engine's containers. Default: the machine's. */
  readonly engineProcessor?: Processor;
  /** The lab is to run on AWS, too. Default false. */
  readonly cloud?: boolean;
  readonly restrictedKernel: boolean;
}

const beside = (step: string): ProgramFile => ({ step, file: step });

const inStep = (tool: ToolName): ProgramFile => ({ step: registryTools[tool] ?? tool, file: tool });

/** The source with its steps. */
export function defineSource(choice: SourceChoice): SourceDefinition {
  const { versions } = choice;
  return versions.source === "official" ? officialSource(versions, choice) : registrySource(choice);
}

/**
 * All version sets by name. What checks the user's own is loaded only if there are any: it takes a tenth of a second.
 * @param labs as in versionSets
 * @throws Error with every problem of the user's own
 */
export async function availableSets(labs?: readonly string[]): Promise<Readonly<Record<string, VersionSet>>> {
  return process.env[VERSION_SETS_VARIABLE] ? (await import("../core/version-sets")).versionSets(labs) : versionTable;
}

/** The versions of tools that a set wants for a lab. */
export function wantedTools({
  versions,
  versionSet,
  lab,
}: Pick<SourceChoice, "versions" | "versionSet" | "lab">): WantedTools {
  const { kind, pulumi } = versions;
  return versions.source === "official"
    ? { kind, pulumi, kubectl: versions.kubectl, istioctl: labInSet(lab, versionSet, versions).istio }
    : { kind, pulumi, kubectl: versions.kubernetes, istioctl: versions.istio };
}

function officialSource(versions: OfficialVersions, choice: SourceChoice): SourceDefinition {
  const options = { ...choice, versions, lab: labInSet(choice.lab, choice.versionSet, versions) };
  return {
    steps: officialSteps(options),
    tools: { pulumi: beside("pulumi"), kind: beside("kind"), kubectl: beside("kubectl"), istioctl: beside("istioctl") },
    plugins: Object.fromEntries(
      pulumiPlugins(options).map(({ release }) => {
        const [file = release] = releases[release].programs;
        return [file, { step: release, file }];
      }),
    ),
    programs: { tar: "tar", gzip: "gzip" },
    manifest: (folder) => officialManifest(options, folder),
  };
}

function registrySource(choice: SourceChoice): SourceDefinition {
  const plugins = pluginSteps();
  const options = { restrictedKernel: choice.restrictedKernel };
  return {
    // The plugins first: they take a second, and whoever waits for them need not wait for the rest.
    steps: [...plugins, ...registrySteps(options)],
    tools: {
      pulumi: inStep("pulumi"),
      kind: inStep("kind"),
      kubectl: inStep("kubectl"),
      istioctl: inStep("istioctl"),
    },
    plugins: Object.fromEntries(
      [...plugins.map(({ name }) => name), "pulumi-resource-kubernetes"].map((name) => [name, beside(name)]),
    ),
    programs: {
      ...{ debootstrap: "debootstrap", zstd: "zstd", "dpkg-deb": "dpkg" },
      ...{ python3: "python3", pip3: "python3-pip", mvn: "maven" },
    },
    manifest: registryManifest,
  };
}
