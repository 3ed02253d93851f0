import { constants } from "node:os";
import type { Client, ClientChannel } from "ssh2";
import { remoteArguments } from "./arguments";
import { Output, type CommandResource, type Operation } from "./resource";
import type { Connection } from "./ssh";

/** What a command is run with; arguments.ts has made sure of it. */
interface RemoteInputs {
  readonly connection: Connection;
  readonly create: string;
  readonly stdin?: string;
}

/** `command:remote:Command`: commands of another machine that create something. Nothing deletes it: it goes with the machine. */
export const remoteCommand: CommandResource = {
  arguments: remoteArguments,
  outputs: ["stdout", "stderr"],
  create: async (properties, operation) => {
    const { connection, create, stdin = "" } = properties as unknown as RemoteInputs;
    // ssh2 takes 40 ms to load: only a plugin that logs in somewhere pays for it.
    const { overSsh } = await import("./ssh");
    const output = new Output();
    const failure = await overSsh(connection, operation, (client) => run(client, { create, stdin }, output, operation));
    return output.of(create, failure);
  },
};

/** Resolves to what went wrong, or to undefined, once the command has ended. */
function run(
  client: Client,
  { create, stdin }: { readonly create: string; readonly stdin: string },
  output: Output,
  { signal }: Operation,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    client.exec(create, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      // Here and now: a command that ends at once may have all it says, its exit included, in the packet that says that it started.
      let failure: string | undefined = "wait: remote command exited without exit status or exit signal";
      channel.on("data", (chunk: Buffer) => output.add("stdout", chunk));
      channel.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
      channel.on("exit", (code: number | null, name?: string, _dump?: unknown, message?: string) => {
        failure = describeExit(code, name, message);
      });
      channel.on("close", () => (signal.aborted ? reject(signal.reason as Error) : resolve(failure)));
      signal.addEventListener("abort", () => stop(client, channel), { once: true });
      channel.end(stdin);
      if (signal.aborted) {
        stop(client, channel);
      }
    });
  });
}

/**
 * Ends the command: OpenSSH passes the signal on since 7.9; closing alone would leave a silent command running. `channel.signal` of ssh2 1.17
 * (pinned) does nothing once the command's stdin has ended, so the signal is sent by what is behind its public interface.
 */
function stop(client: Client, channel: ClientChannel): void {
  const { _protocol } = client as unknown as { _protocol: { signal(channel: number, name: string): void } };
  const { outgoing } = channel as unknown as { outgoing: { readonly id: number; readonly state: string } };
  if (["open", "eof"].includes(outgoing.state)) {
    _protocol.signal(outgoing.id, "TERM");
  }
  channel.close();
}

const signalNumbers: Readonly<Record<string, number | undefined>> = constants.signals;

/** What an exit means, in the words of golang.org/x/crypto/ssh; undefined for success. */
export function describeExit(code: number | null, signal?: string, message?: string): string | undefined {
  if (code === 0) {
    return undefined;
  }
  const name = signal?.replace(/^SIG/, "");
  const status = code ?? 128 + (signalNumbers[`SIG${name ?? ""}`] ?? 0);
  const from = name === undefined ? "" : ` from signal ${name}`;
  const reason = message === undefined || message === "" ? "" : `. Reason was: ${message}`;
  return `Process exited with status ${String(status)}${from}${reason}`;
}
