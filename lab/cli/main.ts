import type { Command } from "commander";
import { keptOpen } from "../../infra/core/child";
import { cacheFolder, findTemporaryFolder, stateFolder } from "../../infra/core/paths";
import { watchOutput } from "./ui/output-failure";
import { refuseSwallowedOptions } from "./options/npm-options";
import { createProgram } from "./program";
import { tell } from "./ui/terminal";
import { asUserError, UserError } from "./ui/user-error";

/** @throws UserError with exit code 2 if a variable names a folder by a path that is not absolute */
function assertFolders(): void {
  try {
    [stateFolder(), cacheFolder()].forEach(() => undefined);
  } catch (error) {
    throw new UserError((error as Error).message, 2);
  }
}

/** Libraries that we load fail if `TMPDIR` names a folder that is not there, e.g. that of a session that has ended, or that refuses us. */
function dropUnusableTemporaryFolder(): void {
  if (findTemporaryFolder(process.env) === undefined) {
    delete process.env["TMPDIR"];
  }
}

/**
 * Runs the command line; sets the process's exit code.
 * @param words without node and the script
 * @param program the verbs that there are
 * @throws an error that is not the user's; bootstrap.mjs has the last word on it
 */
export async function main(words: readonly string[], program: Command = createProgram()): Promise<void> {
  const terminal = watchOutput();
  dropUnusableTemporaryFolder();
  try {
    assertFolders();
    refuseSwallowedOptions(program, words);
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    const known = asUserError(error);
    if (known === undefined) {
      throw error;
    }
    tell(process.env["ISTIO_LAB_DEBUG"] ? String((error as Error).stack) : known.message);
    process.exitCode = known.exitCode;
  }
  if (keptOpen.any) {
    process.exit();
  }
  if (terminal.isGone) {
    // At an exit of its own, Node sets the terminal back, and aborts if that is gone.
    process.removeAllListeners("SIGHUP");
    process.kill(process.pid, "SIGHUP");
  }
}
