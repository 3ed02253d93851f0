import { readdirSync, readFileSync, rmSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { environmentFor, sendSignal, startPiped, startProblem } from "../core/child";
import { writeWhole } from "../core/whole-file";
import { identityOf, isRunning, type ProcessIdentity } from "../core/workstation/processes";
import { placeOfThis, sightOf, type ProcessPlace } from "../core/workstation/process-place";
import type { ExecOptions } from "./step";

/** Lines of output that an error repeats. */
const tailLines = 15;
/** Milliseconds between the polite and the final signal. */
const graceMilliseconds = 3_000;

/** Where a program's output goes and what stops it. */
export interface ProgramContext {
  readonly log: WriteStream;
  readonly signal: AbortSignal;
  /** Folder that names the programs that run, so that a later set-up can end those that outlived a killed one. */
  readonly running: string;
}

/**
 * Runs a program in a process group of its own: an abort ends all that it started, and Ctrl-C reaches only this process, which then ends it.
 * @returns its stdout
 * @throws Error with the last lines of its output if it fails, and the signal's reason if it is aborted
 */
export async function runProgram(
  context: ProgramContext,
  command: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<string> {
  context.signal.throwIfAborted();
  context.log.write(`$ ${[command, ...args].join(" ")}\n`);
  const child = startPiped(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...environmentFor({ use: "download" }), ...options.env },
    detached: true,
  });
  const forget = child.pid === undefined ? () => undefined : remember(context.running, child.pid);
  const stop = (): void => {
    if (child.pid === undefined) return;
    const group = child.pid;
    sendSignal(-group, "SIGTERM");
    setTimeout(() => sendSignal(-group, "SIGKILL"), graceMilliseconds).unref();
  };
  context.signal.addEventListener("abort", stop, { once: true });
  const output: Buffer[] = [];
  const tail: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  for (const stream of [child.stdout, child.stderr]) {
    const tell = options.onLine === undefined ? () => undefined : lineTeller(options.onLine);
    stream.on("data", (chunk: Buffer) => {
      context.log.write(chunk);
      keepTail(tail, chunk.toString());
      tell(chunk.toString());
    });
  }
  child.stdin.on("error", () => undefined); // a program need not read its input
  child.stdin.end(options.input ?? "");
  try {
    const ended = await new Promise<string | undefined>((resolve, reject) => {
      child.on("error", (error: NodeJS.ErrnoException) => {
        const problem = `${command}: ${startProblem(command, error)}`;
        reject(new Error(error.code === "ENOENT" ? `the program "${command}" is not on this machine` : problem));
      });
      child.on("close", (code, signal) => {
        resolve(code === 0 ? undefined : signal === null ? `exit code ${String(code)}` : `signal ${signal}`);
      });
    });
    context.signal.throwIfAborted();
    if (ended !== undefined) throw new Error(failure(command, args, ended, tail));
    return Buffer.concat(output).toString();
  } finally {
    context.signal.removeEventListener("abort", stop);
    forget();
  }
}

/** Ends the programs of a set-up that was killed: they would go on writing. */
export function endOrphans(running: string): void {
  let names: string[];
  try {
    names = readdirSync(running);
  } catch {
    return;
  }
  for (const name of names) {
    const file = join(running, name);
    try {
      const leader = JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity & ProcessPlace;
      // The group outlives its leader; its id is only given to another process when the group is empty.
      const isHere = sightOf(leader) === "visible";
      if (isHere && (isRunning(leader) || identityOf(leader.pid) === undefined)) sendSignal(-leader.pid, "SIGKILL");
    } catch {
      // Half a record: its program cannot be named.
    }
    rmSync(file, { force: true });
  }
}

function remember(running: string, pid: number): () => void {
  const identity = identityOf(pid);
  if (!identity) return () => undefined;
  const file = join(running, String(pid));
  // Whole or not there: half a record names no program, and that would go on writing after a kill.
  writeWhole(file, JSON.stringify({ ...identity, ...placeOfThis() }));
  return () => rmSync(file, { force: true });
}

/** Puts lines together that come in parts; a last one without an end is not told. */
function lineTeller(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split(/\r?\n|\r/);
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  };
}

function keepTail(tail: string[], text: string): void {
  const lines = text.split(/\r?\n|\r/);
  const first = lines.shift() ?? "";
  tail.push((tail.pop() ?? "") + first, ...lines);
  if (tail.length > tailLines + 1) tail.splice(0, tail.length - tailLines - 1);
}

function failure(command: string, args: readonly string[], ended: string, tail: readonly string[]): string {
  const shown = [command, ...args].join(" ");
  const line = shown.length > 160 ? `${shown.slice(0, 157)}...` : shown;
  const last = tail.filter((text) => text.trim() !== "").slice(-tailLines);
  return [`${line}: ${ended}`, ...last.map((text) => `    ${text}`)].join("\n");
}
