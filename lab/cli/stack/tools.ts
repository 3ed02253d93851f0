import { platformNamed } from "../../program/platforms/platforms";
import { isDiskFull } from "../../../infra/core/errors";
import { folderProblem } from "../../../infra/core/folder-problem";
import { cacheFolder } from "../../../infra/core/paths";
import { shellWord } from "../../../infra/core/shell";
import type { ToolchainManifest, ToolchainSource } from "../../../infra/core/toolchain-manifest";
import { VersionSetError } from "../../../infra/core/versions";
import { toolchainLab } from "../../registry";
import { onStopSignal } from "../pulumi/stop-signals";
import { UserError } from "../ui/user-error";

/** What the toolchain is wanted for. */
export interface ToolsOptions {
  /** Ask again which source serves this machine. Default false. */
  readonly probeAgain?: boolean;
  /** The lab whose versions are wanted; an unknown one is refused later, by the program. Default: the default lab. */
  readonly lab?: string | undefined;
  /** The version set, or `auto`. Default `auto`. */
  readonly versions?: string | undefined;
  /** The source of a stack that exists. Default: the one that serves this machine. */
  readonly source?: ToolchainSource;
  /** Where the lab is to run: the plugin of a cloud is brought only for a lab there. */
  readonly platform?: string | undefined;
}

/**
 * Makes the toolchain complete; Ctrl-C ends it and keeps what is finished.
 * @throws VersionSetError if the version set is not available; UserError if anything else cannot
 */
export async function ensureTools({
  probeAgain = false,
  lab,
  versions = "auto",
  source,
  platform,
}: ToolsOptions = {}): Promise<ToolchainManifest> {
  const abort = new AbortController();
  const stop = onStopSignal(() =>
    abort.abort(new UserError("interrupted; finished steps are kept; continue with: npm run lab -- setup", 130)),
  );
  try {
    const { ensureToolchain } = await import("../../../infra/toolchain/setup");
    const key = { versions, ...(await toolchainLab(lab)), ...(source === undefined ? {} : { source }) };
    return await ensureToolchain({
      signal: abort.signal,
      probeAgain,
      cloud: platformNamed(platform).provider !== undefined,
      ...key,
    });
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : forUser(error);
  } finally {
    stop();
  }
}

/** The toolchain's own errors are written for the user; a TypeError and its like are not. */
export function forUser(error: unknown): unknown {
  return error instanceof Error && error.name === "Error" && !(error instanceof VersionSetError)
    ? new UserError(folderProblem(error) ?? fullDisk(error) ?? error.message)
    : error;
}

/** A write names no file: what set-up writes outside of its steps lies in the cache. */
function fullDisk(error: NodeJS.ErrnoException): string | undefined {
  if (!isDiskFull(error)) {
    return undefined;
  }
  const folder = cacheFolder();
  return `${folder}: the disk of the cache folder is full; make room (df -h ${shellWord(folder)}), or name another folder in ISTIO_LAB_CACHE`;
}
