import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { statOf } from "../../../infra/core/workstation/processes";

/** npm starts a shell, and the shell us; a wrapper of npm's may stand in between. */
const MOST_ANCESTORS = 4;

/**
 * The words that npm itself was called with, up to a `--`: what npm does not understand, e.g. `--only x`, reaches us in no other way, and what
 * the user's environment or a file of settings holds is not among them. They are in the log that npm has open while it runs a script.
 * @param pid a descendant of npm. Default: this process
 * @param proc the folder of the processes. Default: Linux's
 * @returns e.g. `["run", "lab", "verify", "--only", "x"]`; undefined if it cannot be known: without a log (`logs-max=0`) or without `/proc`
 */
export function wordsOfNpm(pid: number = process.pid, proc = "/proc"): readonly string[] | undefined {
  let ancestor = pid;
  try {
    for (let count = 0; count < MOST_ANCESTORS; count++) {
      ancestor = parentOf(ancestor, proc);
      // npm's title; an npm further up is another one.
      if (readFileSync(join(proc, String(ancestor), "cmdline"), "utf8").startsWith("npm ")) {
        return wordsInLog(join(proc, String(ancestor), "fd"));
      }
    }
  } catch {
    // No such folder, or processes of another user.
  }
  return undefined;
}

function parentOf(pid: number, proc: string): number {
  const [, parent = ""] = statOf(pid, proc) ?? [];
  return Number(parent);
}

function wordsInLog(openFiles: string): readonly string[] | undefined {
  const log = readdirSync(openFiles)
    .map((name) => join(openFiles, name))
    .find((file) => /-debug-\d+\.log$/.test(readlinkSync(file)));
  const [, words] = (log === undefined ? null : /^\d+ verbose argv (".*")$/m.exec(readFileSync(log, "utf8"))) ?? [];
  if (words === undefined) {
    return undefined;
  }
  const all = JSON.parse(`[${words.replaceAll('" "', '","')}]`) as string[];
  const end = all.indexOf("--");
  return end === -1 ? all : all.slice(0, end);
}
