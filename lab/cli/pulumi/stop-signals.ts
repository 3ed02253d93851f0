/** What asks a program to end: Ctrl-C, `kill`, and the end of its terminal or SSH session. */
export const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Handles every request to end, in place of Node's default, which ends the process at once and leaves things unfinished.
 * @param handler called once for each signal
 * @returns takes the handler away
 */
export function onStopSignal(handler: () => void): () => void {
  STOP_SIGNALS.forEach((signal) => process.on(signal, handler));
  return () => STOP_SIGNALS.forEach((signal) => process.off(signal, handler));
}
