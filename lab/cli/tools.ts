import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { UserError } from "./user-error";

/**
 * Makes the toolchain complete; Ctrl-C ends it and keeps what is finished.
 * @param probeAgain ask again which source serves this machine
 * @throws UserError where something cannot be had
 */
export async function ensureTools(probeAgain = false): Promise<ToolchainManifest> {
  const abort = new AbortController();
  const stop = () =>
    abort.abort(new UserError("interrupted; what is finished is kept, go on with: npm run lab -- setup", 130));
  process.on("SIGINT", stop).on("SIGTERM", stop);
  try {
    const { ensureToolchain } = await import("../../infra/toolchain/setup");
    return await ensureToolchain({ signal: abort.signal, probeAgain });
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : forUser(error);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** The toolchain's own errors are written for the user; a TypeError and its like are not. */
function forUser(error: unknown): unknown {
  return error instanceof Error && error.name === "Error" ? new UserError(error.message) : error;
}
