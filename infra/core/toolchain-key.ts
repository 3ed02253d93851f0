import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { isSource, settledSource } from "./known-source";
import { cacheFolder, type Environment } from "./paths";
import type { ToolchainSource } from "./toolchain-manifest";
import { defaultSet, isSetName, sourceOfSet } from "./versions";

/** Which tools and images a lab is built with. Each key has a folder of its own, so that labs of different versions run side by side. */
export interface ToolchainKey {
  readonly source: ToolchainSource;
  /** A row of the version table, or a set of the user's own, e.g. `book`. */
  readonly versionSet: string;
  readonly lab: string;
}

/** What a configuration says of the toolchain; what it leaves out is the default. */
export interface WantedToolchain {
  readonly lab: string;
  /** A version set, or `auto`. */
  readonly versions?: string | undefined;
}

/** Variable that names the folder of a toolchain: set for the programs that we start, and by the exports of `env`. */
export const TOOLCHAIN_VARIABLE = "ISTIO_LAB_TOOLCHAIN";

/** Inherited by everything that an update of ours starts: engine, plugins, scripts, tools. Its value is the stack's folder. */
export const UPDATE_VARIABLE = "ISTIO_LAB_UPDATE";

/** A key as a name, e.g. `official-book-vm`. */
export function keyText({ source, versionSet, lab }: ToolchainKey): string {
  return `${source}-${versionSet}-${lab}`;
}

/**
 * Reads `keyText` again; undefined if the text is no key.
 * @param labs the labs that it may be of: names of sets and of labs both have hyphens
 */
export function parseKey(text: string, labs: readonly string[]): ToolchainKey | undefined {
  const lab = labs.find((name) => text.endsWith(`-${name}`));
  const [source, ...set] = text.slice(0, -`-${lab ?? ""}`.length).split("-");
  const versionSet = set.join("-");
  return lab !== undefined && isSource(source) && isSetName(versionSet) ? { source, versionSet, lab } : undefined;
}

/** Whether a text may be the key of any toolchain, of whatever lab. */
export function isKeyLike(text: string): boolean {
  return /^(official|registry)(-[a-z0-9]+){2,}$/.test(text);
}

/** The folder of all toolchains. */
export function toolchainsFolder(env: Environment = process.env): string {
  return join(cacheFolder(env), "toolchains");
}

/** The folder of a toolchain: its tools, Pulumi's own folder, and what set-up has noted. What the tools lead to is shared by content. */
export function toolchainFolder(key: ToolchainKey, env: Environment = process.env): string {
  return join(toolchainsFolder(env), keyText(key));
}

/** The folder of a toolchain's tools: what has to be first on PATH. */
export function binFolder(toolchain: string): string {
  return join(toolchain, "bin");
}

/** Pulumi's own folder of a toolchain: a user's `~/.pulumi` is never touched. */
export function pulumiHome(toolchain: string): string {
  return join(toolchain, "pulumi-home");
}

/** The file in which set-up says what a toolchain is. */
export function manifestFile(toolchain: string): string {
  return join(toolchain, "toolchain.json");
}

/** Whether set-up has finished for a toolchain. */
export function isPrepared(key: ToolchainKey, env: Environment = process.env): boolean {
  return existsSync(manifestFile(toolchainFolder(key, env)));
}

/** The folders of all toolchains that are prepared, by name. */
export function preparedToolchains(env: Environment = process.env): readonly string[] {
  const all = toolchainsFolder(env);
  const names = existsSync(all) ? readdirSync(all).sort() : [];
  return names.map((name) => join(all, name)).filter((toolchain) => existsSync(manifestFile(toolchain)));
}

/** The command that prepares a toolchain. */
export function setupCommand({ source, versionSet, lab }: ToolchainKey): string {
  const versions = versionSet === defaultSet(source) ? "" : ` --versions ${versionSet}`;
  return `npm run lab -- setup --lab ${lab}${versions}`;
}

/**
 * The same by the toolchain's folder; for a folder with another name the command without words.
 * @param labs the labs that it may be of
 */
export function setupCommandOf(toolchain: string, labs: readonly string[]): string {
  const key = parseKey(basename(toolchain), labs);
  return key === undefined ? "npm run lab -- setup" : setupCommand(key);
}

/** Whether a configuration leaves the version set to us. */
export function isAuto(versions: string | undefined): boolean {
  return versions === undefined || versions === "" || versions === "auto";
}

/**
 * The toolchain that a configuration gives. Nobody is asked: if it is not known yet which source serves this machine, the one that has been
 * prepared for the lab counts. A set that the source does not serve counts as `auto`; whoever builds something says what is wrong with it.
 */
export function configuredToolchain({ lab, versions }: WantedToolchain, env: Environment = process.env): ToolchainKey {
  const keyFrom = (source: ToolchainSource): ToolchainKey => {
    const isServed = !isAuto(versions) && isSetName(versions) && sourceOfSet(versions) === source;
    return { source, versionSet: isServed ? versions : defaultSet(source), lab };
  };
  const made = (["official", "registry"] as const).find((source) => isPrepared(keyFrom(source), env));
  return keyFrom(settledSource(env) ?? made ?? "official");
}

/**
 * The toolchain of an update: the one that the stack was built with, also after another source has come to serve this machine, unless the
 * configuration names another version set.
 * @param recorded what the stack was built with
 */
export function toolchainOfUpdate(
  recorded: ToolchainKey | undefined,
  wanted: WantedToolchain,
  env: Environment = process.env,
): { readonly key: ToolchainKey; readonly isRecorded: boolean } {
  const isKept = recorded?.lab === wanted.lab && (isAuto(wanted.versions) || wanted.versions === recorded.versionSet);
  return { key: isKept ? recorded : configuredToolchain(wanted, env), isRecorded: isKept };
}
