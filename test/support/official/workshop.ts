import { mkdirSync } from "node:fs";
import { cacheFolder } from "../../../infra/core/paths";
import { versionTable } from "../../../infra/core/versions";
import { inspectEngine } from "../../../infra/toolchain/engine";
import { hostPlatform } from "../../../infra/toolchain/official/platform";
import { findFinished } from "../../../infra/toolchain/runner";
import { defineSource } from "../../../infra/toolchain/sources";
import type { StepContext } from "../../../infra/toolchain/step";
import { toolchainLab } from "../../../lab/registry";
import { run } from "./programs";

/** Where the equipment of the official source's tests is made, out of what the registry source has built on this machine. */
export interface Workshop {
  /** An empty folder. */
  readonly folder: string;
  /** Final folder of a finished step of the registry source. */
  readonly result: (step: string) => string;
  readonly restrictedKernel: boolean;
}

/**
 * Opens a workshop.
 * @param folder a temporary folder of the test's own
 * @throws Error if the registry source has not been set up
 */
export async function openWorkshop(folder: string): Promise<Workshop> {
  const cache = cacheFolder();
  const { restrictedKernel } = await inspectEngine(cache);
  const { lab } = await toolchainLab(undefined);
  const choice = { source: "registry", versionSet: "registry", lab } as const;
  const versions = versionTable.registry;
  const { steps } = defineSource({ ...choice, versions, platform: hostPlatform(), restrictedKernel });
  const finished = await findFinished(cache, steps);
  if (finished === undefined) {
    throw new Error("the registry source is not set up; run: ISTIO_LAB_SOURCE=registry npm run lab -- setup");
  }
  mkdirSync(folder, { recursive: true });
  return { folder, result: (step) => finished.folder(step), restrictedKernel };
}

/** What parts of the registry source's steps want when they run by themselves: all goes into one folder. */
export function contextIn({ result }: Workshop, folder: string): StepContext {
  mkdirSync(folder, { recursive: true });
  return {
    out: folder,
    work: folder,
    result,
    exec: (program, words, options = {}) => run(program, words, { cwd: folder, ...options }),
    note: () => undefined,
    signal: new AbortController().signal,
  };
}
