import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { localArguments } from "./arguments";
import { ProcessReaper } from "./process-reaper";
import type { Properties } from "./properties";
import { Output, type CommandResource } from "./resource";

/** What a command is run with; arguments.ts has made sure of it. */
interface LocalInputs {
  readonly interpreter: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

const killAfterMilliseconds = 2000;
const reaper = new ProcessReaper();

/** `command:local:Command`: commands of this machine that create and delete something. */
export const localCommand: CommandResource = {
  arguments: localArguments,
  outputs: ["stdout", "stderr"],
  create: (inputs, operation) => run(inputs["create"] as string, inputs, operation.signal),
  delete: async (state, operation) => {
    if (typeof state["delete"] === "string") {
      await run(state["delete"], state, operation.signal);
    }
  },
};

/** Runs a command to its end, and until everything that it started has let go of its output. */
async function run(command: string, properties: Properties, signal: AbortSignal): Promise<Properties> {
  signal.throwIfAborted();
  const inputs = properties as unknown as LocalInputs;
  const output = new Output();
  const child = start(command, inputs);
  child.stdout.on("data", (chunk: Buffer) => output.add("stdout", chunk));
  child.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
  const finished = endWhenAborted(child, signal);
  // Only now, so that what waits for its input is guarded by then. A command need not read it to the end.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(inputs.stdin);
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, killedBy) => resolve(exitProblem(code, killedBy)));
  });
  finished();
  return output.of(command, failure);
}

function start(command: string, { interpreter, environment, stdin }: LocalInputs): Child {
  const [program, ...words] = interpreter;
  reaper.prepare();
  return spawn(program, [...words, command], {
    env: { ...process.env, ...environment },
    stdio: [stdin === undefined || stdin === "" ? "ignore" : "pipe", "pipe", "pipe"],
    // A process group of its own: cancelling ends what the command has started, too.
    detached: true,
  }) as Child;
}

function endWhenAborted(child: Child, signal: AbortSignal): () => void {
  const group = child.pid;
  if (group === undefined) {
    return () => undefined;
  }
  reaper.guard(group);
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    signalGroup(group, "SIGTERM");
    timer = setTimeout(() => {
      signalGroup(group, "SIGKILL");
      // What left the group may still hold the output open: nobody waits for it after a cancellation.
      child.stdout.destroy();
      child.stderr.destroy();
    }, killAfterMilliseconds);
  };
  signal.addEventListener("abort", end, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    reaper.release(group);
  };
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group has ended by itself.
  }
}

const signalWords: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGTERM: "terminated",
};

function exitProblem(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (signal !== null) {
    return `signal: ${signalWords[signal] ?? signal}`;
  }
  return code === 0 ? undefined : `exit status ${String(code)}`;
}
