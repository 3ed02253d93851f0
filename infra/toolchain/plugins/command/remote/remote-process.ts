import type { ClientChannel } from "ssh2";
import { CapturedOutput, shownStreams } from "../captured-output";
import { goQuote } from "../go-quote";
import { showLine, type Operation } from "../resource";
import type { Connection } from "./connection";
import { dial } from "./dial";
import { SshSession } from "./ssh-session";

/** A command to run on another machine. */
export interface RemoteProcess {
  readonly command: string;
  readonly connection: Connection;
  /** Variables that the server must take, or the command does not run. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that are nice to have. */
  readonly optionalEnvironment: Readonly<Record<string, string>>;
  readonly stdin: string | undefined;
  /** The `logging` input. */
  readonly logging: string | undefined;
}

/**
 * Logs in, runs one command to its end, and logs out.
 * @returns its output, without the last line ends
 * @throws Error in the official provider's words: `Process exited with status N: running "COMMAND":`, then all output
 */
export async function runRemoteProcess(
  process: RemoteProcess,
  operation: Operation,
): Promise<{ stdout: string; stderr: string }> {
  const { client, close } = await dial(process.connection, operation);
  try {
    const session = await SshSession.open(client);
    await setEnvironment(session, process, operation);
    const output = new CapturedOutput(shownStreams(process.logging), showLine(operation));
    const stop = (): void => {
      // OpenSSH passes the signal on since 7.9; closing alone would leave a silent command running.
      session.signal("TERM");
      session.streams.close();
    };
    const ended = finish(session.streams, output, { signal: operation.signal, stop });
    await session.start(process.command);
    session.streams.end(process.stdin ?? "");
    const failure = await ended;
    output.end();
    if (failure !== undefined) {
      throw new Error(`${failure}: running ${goQuote(process.command)}:\n${output.interleaved()}`);
    }
    return { stdout: output.text("stdout"), stderr: output.text("stderr") };
  } finally {
    close();
  }
}

async function setEnvironment(session: SshSession, process: RemoteProcess, operation: Operation): Promise<void> {
  for (const [name, value] of Object.entries(process.environment)) {
    try {
      await session.setEnvironment(name, value);
    } catch (error) {
      operation.log.log({ severity: "error", text: refusedVariable(name), urn: operation.urn });
      throw new Error(`could not set environment variable ${goQuote(name)}: ${(error as Error).message}`);
    }
  }
  for (const [name, value] of Object.entries(process.optionalEnvironment)) {
    try {
      await session.setEnvironment(name, value);
    } catch {
      operation.log.log({ severity: "warning", text: refusedVariable(name), urn: operation.urn });
    }
  }
}

function refusedVariable(name: string): string {
  return (
    `Unable to set '${name}'. This only works if the SSH server is configured to accept the variable by AcceptEnv. ` +
    "Where a shell such as bash runs the command, it can be put in front of it instead: 'VAR=value command'."
  );
}

/** Resolves to what went wrong, or to undefined, once the command has ended. */
function finish(
  channel: ClientChannel,
  output: CapturedOutput,
  cancellation: { readonly signal: AbortSignal; readonly stop: () => void },
): Promise<string | undefined> {
  const { signal, stop } = cancellation;
  let failure: string | undefined = "wait: remote command exited without exit status or exit signal";
  signal.addEventListener("abort", stop, { once: true });
  channel.on("data", (chunk: Buffer) => output.add("stdout", chunk));
  channel.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
  channel.on("exit", (code: number | null, name?: string, _dump?: unknown, message?: string) => {
    failure = describeExit(code, name, message);
  });
  channel.on("error", () => undefined);
  return new Promise((resolve) => {
    channel.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve(signal.aborted ? "the operation was cancelled" : failure);
    });
  });
}

const signalNumbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  ABRT: 6,
  FPE: 8,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
};

/** What an exit means, in the words of golang.org/x/crypto/ssh; undefined for success. */
export function describeExit(code: number | null, signal?: string, message?: string): string | undefined {
  if (code === 0) {
    return undefined;
  }
  const name = signal?.replace(/^SIG/, "");
  const status = code ?? 128 + (signalNumbers[name ?? ""] ?? 0);
  const from = name === undefined ? "" : ` from signal ${name}`;
  const reason = message === undefined || message === "" ? "" : `. Reason was: ${message}`;
  return `Process exited with status ${String(status)}${from}${reason}`;
}
