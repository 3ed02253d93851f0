import { setMaxListeners } from "node:events";
import { fstatSync } from "node:fs";

/** Why a plugin stops working: the user's cancellation, or the end of the plugin itself. */
export interface Shutdown {
  /** Aborted once, on the first reason to stop. */
  readonly signal: AbortSignal;
  /** Asks everything under way to stop; the process lives on until `end` is called or the engine lets go of it. */
  cancel(): void;
}

/**
 * Watches for the end of the engine: SIGINT and SIGTERM, which the engine sends when it is done, and the end of standard
 * input, which comes when the engine was killed. Without that a command would run on and meet the next `up`.
 */
export function watchForShutdown(): Shutdown {
  const controller = new AbortController();
  // Every operation under way listens; Node takes more than ten for a leak and says so on stderr.
  setMaxListeners(0, controller.signal);
  const cancel = (): void => controller.abort(new Error("the operation was cancelled"));
  const end = (): void => {
    cancel();
    // Not at once: what the cancellation sends to another machine is on its way by then.
    setImmediate(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (standardInputIsPipe()) {
    process.stdin.on("end", end).on("error", end).resume();
  }
  return { signal: controller.signal, cancel };
}

/** False under a debugger or a shell, where the end of standard input says nothing about an engine. */
function standardInputIsPipe(): boolean {
  try {
    const status = fstatSync(0);
    return status.isFIFO() || status.isSocket();
  } catch {
    return false;
  }
}
