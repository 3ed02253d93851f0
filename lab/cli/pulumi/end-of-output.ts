import type { ChildProcess } from "node:child_process";

/** How long nothing may come before what holds the pipes open counts as left behind, in milliseconds. */
const QUIET = 500;

/** After so many times of QUIET with output in each, a program that has exited is not waited for any longer. */
const MOST_ROUNDS = 20;

/**
 * Waits until a program that has just exited has said all. That is when its pipes are closed, or, if something that it left behind holds
 * them open, when nothing has come for half a second. On a busy machine half a second may pass before its last words are even read, so
 * what lies in the pipes then is read first.
 */
export function endOfOutput(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    let isQuiet = true;
    let timer: NodeJS.Timeout | undefined;
    const hear = () => (isQuiet = false);
    const streams = [child.stdout, child.stderr];
    const end = () => {
      clearTimeout(timer);
      streams.forEach((stream) => stream?.off("data", hear));
      child.off("close", end);
      resolve();
    };
    const listen = (rounds: number) => {
      isQuiet = true;
      // The timer may be late; what has come meanwhile is read between it and the immediate.
      timer = setTimeout(() => {
        setImmediate(() => (isQuiet || rounds === 1 ? end() : listen(rounds - 1)));
      }, QUIET);
    };
    child.on("close", end);
    streams.forEach((stream) => stream?.on("data", hear));
    listen(MOST_ROUNDS);
  });
}
