import { setTimeout as sleep } from "node:timers/promises";
import { Client, utils, type ParsedKey } from "ssh2";
import type { Operation } from "./resource";

/** Where and as whom to log in: the `connection` argument. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  /** Public key line of the server. */
  readonly hostKey: string;
  /** Failed attempts that are allowed. */
  readonly dialErrorLimit: number;
  /** Seconds that an attempt may take. */
  readonly perDialTimeout: number;
}

/** An error that a further attempt cannot repair. */
class FinalError extends Error {}

/**
 * Logs in, and logs out after the work. A cancellation and a lost connection end the work.
 * @throws Error `after N failed attempts: …` with the last failure; at once if a key cannot be read or the server's is another one
 */
export async function overSsh<Result>(
  connection: Connection,
  operation: Operation,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await logIn(connection, operation);
  try {
    const lost = new Promise<never>((_, reject) => {
      client.once("close", () => reject(new Error("ssh: connection lost")));
    });
    return await Promise.race([work(client), lost]);
  } catch (error) {
    operation.signal.throwIfAborted();
    throw error;
  } finally {
    client.end();
  }
}

async function logIn(connection: Connection, operation: Operation): Promise<Client> {
  const hostKey = readKey("hostKey", connection.hostKey);
  readKey("privateKey", connection.privateKey);
  const limit = connection.dialErrorLimit;
  for (let failures = 1; ; failures++) {
    operation.signal.throwIfAborted();
    try {
      return await logInOnce(connection, hostKey, operation.signal);
    } catch (error) {
      operation.signal.throwIfAborted();
      if (error instanceof FinalError) {
        throw error;
      }
      if (failures > limit) {
        throw new Error(`after ${String(limit)} failed attempts: ${(error as Error).message}`);
      }
      operation.show(`Dial ${String(failures)}/${String(limit)} failed: retrying`);
      // As Pulumi's own retry.Until, which the official provider uses.
      await sleep(Math.min(100 * 1.5 ** (failures - 1), 5000), undefined, { signal: operation.signal });
    }
  }
}

/** Keys are read before anything is dialled. */
function readKey(argument: "hostKey" | "privateKey", text: string): ParsedKey {
  const key = utils.parseKey(text);
  if (key instanceof Error) {
    throw new Error(`ssh: ${argument} is no key that can be read: ${key.message}`);
  }
  return key;
}

function logInOnce(connection: Connection, hostKey: ParsedKey, signal: AbortSignal): Promise<Client> {
  const { host, port, user, privateKey, perDialTimeout } = connection;
  const client = new Client();
  // A connection that breaks later ends what runs on it; the error itself has nobody else to hear it.
  client.on("error", () => undefined);
  const stop = (): void => void client.destroy();
  signal.addEventListener("abort", stop);
  return new Promise<Client>((resolve, reject) => {
    const fail = (error: Error): void => {
      client.destroy();
      reject(error);
    };
    client.once("error", (error) => fail(new Error(`ssh ${user}@${host}:${String(port)}: ${error.message}`)));
    client.once("close", () => fail(new Error(`ssh ${user}@${host}:${String(port)}: connection closed`)));
    client.once("connect", () => client.setNoDelay(true));
    client.once("ready", () => resolve(client));
    client.connect({
      host,
      port,
      username: user,
      privateKey,
      readyTimeout: perDialTimeout * 1000,
      keepaliveInterval: 10_000,
      keepaliveCountMax: 6,
      algorithms: {
        // Node's own AES-GCM is the fastest that ssh2 has without its native helper.
        cipher: { prepend: ["aes128-gcm@openssh.com"], append: [], remove: [] },
        serverHostKey: [hostKey.type],
      },
      hostVerifier: (given: Buffer) => {
        const expected = hostKey.getPublicSSH();
        if (!expected.equals(given)) {
          const [has, wants] = [given.toString("base64"), expected.toString("base64")];
          fail(new FinalError(`ssh: host key mismatch: ${host}:${String(port)} has ${has}, hostKey says ${wants}`));
        }
        return expected.equals(given);
      },
    });
  }).finally(() => signal.removeEventListener("abort", stop));
}
