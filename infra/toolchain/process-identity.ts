import { readFileSync } from "node:fs";
import { askNow } from "../core/child";

/** A process that cannot be mistaken for a later one of the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own words: only compared, never read. */
  readonly started: string;
}

/**
 * When a process started.
 * @returns undefined where no such process runs
 */
export function processStart(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
      // The program's name, in brackets, may hold spaces; the state follows it, and start time is the 22nd field.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  const listed = askNow("ps", ["-o", "lstart=", "-p", String(pid)]);
  return listed.ok ? listed.stdout.trim() || undefined : undefined;
}

/** Identity of a running process. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const started = processStart(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return processStart(identity.pid) === identity.started;
}
