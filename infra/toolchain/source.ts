import { setMaxListeners } from "node:events";
import { isSource, rememberedSource, SOURCE_VARIABLE, sourceFile } from "../core/known-source";
import type { ToolchainSource } from "../core/toolchain-manifest";
import type { OfficialVersions } from "../core/versions";
import { writeFileAtomic } from "./files";
import { sendRequest } from "./official/http";
import { imageSources } from "./official/image-mirror";
import { locationsOf, mirrorOf } from "./official/locations";
import type { Platform } from "./official/platform";
import { releases } from "./official/releases";

/** Which source serves this machine, and why. */
export interface SourceDecision {
  readonly source: ToolchainSource;
  /** For the user, e.g. `github.com does not answer (ENOTFOUND)`. */
  readonly reason: string;
  /** `setting`: the user said so. `stack`: a stack was built from it. `remembered`: an earlier set-up found it out. `probe`: found out just now. */
  readonly by: "setting" | "stack" | "remembered" | "probe";
}

/** What a probe may use. */
export interface ProbeOptions {
  /** Absolute path of the cache folder, which remembers the answer in `source.json`. */
  readonly cache: string;
  readonly versions: OfficialVersions;
  readonly platform: Platform;
  /** Ask again although an answer is remembered. Default false. */
  readonly again?: boolean;
  /** Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds for all questions together. Default 4 s. */
  readonly deadlineMilliseconds?: number;
  /** Addresses to ask, by what they are needed for. Default: one file of each official host, and Docker Hub. */
  readonly targets?: readonly (readonly string[])[];
}

/**
 * Decides where tools and images come from: what `ISTIO_LAB_SOURCE` says, else what is remembered, else official releases if
 * all of their hosts answer, else package registries.
 * @throws Error if `ISTIO_LAB_SOURCE` is something else than `official` or `registry`
 */
export async function decideSource(options: ProbeOptions): Promise<SourceDecision> {
  const env = options.env ?? process.env;
  const setting = env[SOURCE_VARIABLE];
  if (setting !== undefined && setting !== "" && setting !== "auto") {
    if (!isSource(setting)) {
      throw new Error(`${SOURCE_VARIABLE}: "${setting}" given; "official", "registry" or "auto" would be right`);
    }
    return { source: setting, reason: `${SOURCE_VARIABLE}=${setting}`, by: "setting" };
  }
  const remembered = options.again ? undefined : rememberedSource(options.cache);
  if (remembered) return { ...remembered, by: "remembered" };
  const decision = await probe(options, env);
  const { source, reason } = decision;
  writeFileAtomic(
    sourceFile(options.cache),
    `${JSON.stringify({ source, reason, at: new Date().toISOString() }, null, 2)}\n`,
  );
  return decision;
}

async function probe(
  options: ProbeOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SourceDecision> {
  const signal = AbortSignal.timeout(options.deadlineMilliseconds ?? 4_000);
  setMaxListeners(0, signal); // one for each address, and more of those with a mirror
  const targets = options.targets ?? officialTargets(options, env);
  const answers = await Promise.all(targets.map((urls) => firstAnswer(urls, signal, env)));
  const silent = answers.filter((answer) => answer !== undefined);
  if (silent.length === 0) return { source: "official", reason: "all hosts of official releases answer", by: "probe" };
  return { source: "registry", reason: `official releases cannot be reached: ${silent.join(", ")}`, by: "probe" };
}

/** One file of each tool, at its first and further addresses, and the registry of the public images. */
function officialTargets(options: ProbeOptions, env: Readonly<Record<string, string | undefined>>): string[][] {
  const { versions, platform } = options;
  const wanted = { pulumi: versions.pulumi, kind: versions.kind, kubectl: versions.kubectl } as const;
  const files = (Object.keys(wanted) as (keyof typeof wanted)[]).map((name) => [
    ...locationsOf(releases[name], wanted[name], platform, mirrorOf(name, env)).urls,
  ]);
  return [...files, imageRegistry(env)];
}

/** The registry that most images are pulled from. Docker speaks HTTP, too, to one of this machine or one that it is told to. */
function imageRegistry(env: Readonly<Record<string, string | undefined>>): string[] {
  const { registry, isMirror } = imageSources(env)("docker.io/istio/pilot:latest");
  return isMirror ? [`https://${registry}/v2/`, `http://${registry}/v2/`] : ["https://registry-1.docker.io/v2/"];
}

/** @returns undefined if one of the addresses answers, else why the first does not */
async function firstAnswer(
  urls: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const problems = await Promise.all(urls.map((url) => problemOf(url, signal, env)));
  return problems.some((problem) => problem === undefined) ? undefined : problems[0];
}

/** A file that is missing is an answer, too: the host is there, and a wrong row has to fail by its own name later. */
async function problemOf(
  url: string,
  signal: AbortSignal,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const { host } = new URL(url);
  try {
    const response = await sendRequest(url, { method: "HEAD", signal, env });
    response.destroy();
    const status = response.statusCode ?? 0;
    // Proxies that do not let a host through answer in its place with one of these.
    const refused = status >= 500 || [403, 407, 451].includes(status);
    return refused ? `${host} (HTTP ${String(status)})` : undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `${host} (${signal.aborted ? "no answer in time" : (code ?? message)})`;
  }
}
