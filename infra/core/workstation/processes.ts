import { readdirSync, readFileSync } from "node:fs";
import { askNow } from "../child";

/** Where Linux lists the processes. */
const PROC = "/proc";

/** A process that cannot be mistaken for a later one of the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own words: only compared, never read. */
  readonly started: string;
}

/**
 * When a process started.
 * @returns undefined if no such process runs
 */
export function processStart(pid: number): string | undefined {
  if (process.platform === "linux") {
    const fields = statOf(pid);
    return fields?.[0] === "Z" ? undefined : fields?.[19];
  }
  return ps("lstart", pid);
}

/** Whether a process is suspended, e.g. by Ctrl-Z: it does nothing, a plain `kill` included, until it is continued. */
export function isSuspended(pid: number): boolean {
  return (process.platform === "linux" ? statOf(pid)?.[0] : ps("state", pid))?.startsWith("T") === true;
}

/**
 * How somebody may end the wait for a process: words that follow on what it does.
 * @param pid a running process
 */
export function waitAdvice(pid: number): string {
  return suspensionOf(pid) ?? `wait until it ends, or stop it: kill ${String(pid)}`;
}

/**
 * That a process is suspended, and how to end that.
 * @returns undefined if it is not suspended
 */
export function suspensionOf(pid: number): string | undefined {
  const id = String(pid);
  return isSuspended(pid) ? `it is suspended: continue it: kill -CONT ${id}, or end it: kill -9 ${id}` : undefined;
}

/**
 * What Linux tells of a process behind its program's name, which stands in brackets and may hold spaces: first the state, then the parent's id; the
 * start time is the 20th.
 * @param proc the folder of the processes. Default: Linux's
 * @returns undefined if no such process runs
 */
export function statOf(pid: number, proc = PROC): readonly string[] | undefined {
  const stat = processFile(pid, "stat", proc);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/**
 * What Linux keeps of a process.
 * @param name of the file, e.g. `comm`
 * @param proc as above
 * @returns undefined if no such process runs, if it is another user's and the file is private, or on another system
 */
export function processFile(pid: number | "self", name: string, proc = PROC): string | undefined {
  try {
    return readFileSync(`${proc}/${String(pid)}/${name}`, "utf8");
  } catch {
    return undefined;
  }
}

/** Ids of the processes that are to be seen from here; none if this is not Linux. */
export function processIds(): number[] {
  try {
    return readdirSync(PROC)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** The ids of all processes with what their environments hold, `NAME=value` each; nothing of what may not be read. */
export function processEnvironments(): readonly (readonly [number, readonly string[]])[] {
  if (process.platform === "linux") {
    return processIds().map((pid) => [pid, processFile(pid, "environ")?.split("\0") ?? []]);
  }
  // `ps e` of macOS and the BSDs appends the environment to the command.
  const { stdout } = askNow("ps", ["axeww", "-o", "pid=,command="]);
  return stdout.split("\n").map((line) => {
    const [pid, ...words] = line.trim().split(" ");
    return [Number(pid), words];
  });
}

function ps(column: string, pid: number): string | undefined {
  const listed = askNow("ps", ["-o", `${column}=`, "-p", String(pid)]);
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
