import { reasonOf } from "./user-error";
import { tell } from "./terminal";

/**
 * Keeps what is under way going if stdout or stderr cannot be written any more. `… | head` has read enough, and nobody sees a terminal that was
 * closed; any other failure of stdout, as of a full disk, is told at the end, and the exit code is 1 then.
 * @returns whether the terminal was closed, as it is when it is read
 */
export function watchOutput(): { readonly isGone: boolean } {
  watched ??= watch();
  return watched;
}

/** A process has one output, whoever asks. */
let watched: { readonly isGone: boolean } | undefined;

function watch(): { readonly isGone: boolean } {
  const terminal = { isGone: false };
  let failure: NodeJS.ErrnoException | undefined;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      terminal.isGone ||= error.code === "EIO" && stream.isTTY;
      failure ??= stream === process.stdout ? error : undefined;
    });
  }
  process.on("exit", (exitCode) => {
    // After a last word such as the help's, the process exits before the event comes.
    failure ??= process.stdout.errored ?? undefined;
    if (failure !== undefined && failure.code !== "EPIPE" && !terminal.isGone) {
      tell(`stdout: ${reasonOf(failure)}`);
      // A verdict that nobody got, as of warnings, is none.
      process.exitCode = exitCode === 0 || exitCode === 3 ? 1 : exitCode;
    }
  });
  return terminal;
}
