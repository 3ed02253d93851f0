import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Client, utils, type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import type { Endpoint } from "./connection";
import { hostKeyAlgorithms, parseHostKey, sameHostKey, typeIn, type HostKey } from "./host-key";
import { FinalError } from "./retry";

/** What of an endpoint can be checked before anything is dialled. */
export interface Login {
  readonly endpoint: Endpoint;
  readonly hostKey: HostKey | undefined;
}

/**
 * Checks an endpoint's keys.
 * @throws Error where the private key or the host key cannot be read
 */
export function prepareLogin(endpoint: Endpoint): Login {
  if (endpoint.privateKey !== undefined) {
    const key = utils.parseKey(endpoint.privateKey, endpoint.privateKeyPassword);
    if (key instanceof Error) {
      throw new Error(`ssh: cannot read the private key: ${key.message}`);
    }
  }
  return { endpoint, hostKey: endpoint.hostKey === undefined ? undefined : parseHostKey(endpoint.hostKey) };
}

/**
 * Opens a TCP connection to an endpoint, once.
 * @throws Error in Go's words, e.g. `dial tcp 127.0.0.1:22: connect: connection refused`
 */
export async function dialTcp(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host: endpoint.host, port: endpoint.port, noDelay: true });
  const stop = (): void => void socket.destroy(new Error("cancelled"));
  signal.addEventListener("abort", stop);
  const timer =
    endpoint.perDialTimeout > 0
      ? setTimeout(() => socket.destroy(new Error("i/o timeout")), endpoint.perDialTimeout * 1000)
      : undefined;
  try {
    await once(socket, "connect");
    return socket;
  } catch (error) {
    throw new Error(
      `dial tcp ${endpoint.host}:${String(endpoint.port)}: ${dialReason(error as NodeJS.ErrnoException)}`,
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function dialReason(error: NodeJS.ErrnoException): string {
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: "connect: connection refused",
    EHOSTUNREACH: "connect: no route to host",
    ENETUNREACH: "connect: network is unreachable",
    ETIMEDOUT: "connect: connection timed out",
    ENOTFOUND: "lookup: no such host",
    ECONNRESET: "connect: connection reset by peer",
  };
  return reasons[error.code ?? ""] ?? error.message;
}

/**
 * Logs in over a stream that leads to the server, once.
 * @throws FinalError where the server has another key than the expected one
 * @throws Error where the login does not succeed
 */
export function logIn(login: Login, stream: Duplex, signal: AbortSignal): Promise<Client> {
  const client = new Client();
  let refused: FinalError | undefined;
  const config = clientConfig(login, stream, (error) => {
    refused = error;
  });
  return new Promise((resolve, reject) => {
    const stop = (): void => fail(new Error("cancelled"));
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", stop);
      client.on("error", () => undefined);
      client.destroy();
      stream.destroy();
      reject(refused ?? new Error(`ssh: handshake failed: ${loginReason(login.endpoint, error)}`));
    };
    signal.addEventListener("abort", stop, { once: true });
    client.once("error", fail);
    client.once("close", () => fail(new Error("EOF")));
    client.once("ready", () => {
      signal.removeEventListener("abort", stop);
      client.removeAllListeners("error").removeAllListeners("close");
      // A connection that breaks later ends what runs on it; the error itself has nobody else to hear it.
      client.on("error", () => undefined);
      resolve(client);
    });
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => login.endpoint.password ?? "")),
    );
    client.connect(config);
  });
}

function clientConfig(login: Login, stream: Duplex, refuse: (error: FinalError) => void): ConnectConfig {
  const { endpoint, hostKey } = login;
  return {
    sock: stream,
    username: endpoint.user,
    readyTimeout: endpoint.perDialTimeout * 1000,
    keepaliveInterval: 10_000,
    keepaliveCountMax: 6,
    tryKeyboard: endpoint.password !== undefined,
    ...(endpoint.password === undefined ? {} : { password: endpoint.password }),
    ...(endpoint.privateKey === undefined ? {} : { privateKey: endpoint.privateKey }),
    ...(endpoint.privateKeyPassword === undefined ? {} : { passphrase: endpoint.privateKeyPassword }),
    ...(endpoint.agentSocketPath === undefined ? {} : { agent: endpoint.agentSocketPath }),
    algorithms: {
      // Node's own AES-GCM is the fastest that ssh2 has without its native helper.
      cipher: { prepend: ["aes128-gcm@openssh.com"], append: [], remove: [] },
      ...(hostKey === undefined ? {} : { serverHostKey: hostKeyAlgorithms(hostKey) as ServerHostKeyAlgorithm[] }),
    },
    hostVerifier: (given: Buffer) => {
      if (hostKey === undefined || sameHostKey(hostKey, given)) {
        return true;
      }
      refuse(new FinalError(`ssh: handshake failed: ssh: host key mismatch: ${mismatch(endpoint, hostKey, given)}`));
      return false;
    },
  };
}

function mismatch(endpoint: Endpoint, expected: HostKey, given: Buffer): string {
  const wanted = `${expected.type} ${expected.blob.toString("base64")}`;
  return `${endpoint.host}:${String(endpoint.port)} has ${typeIn(given)} ${given.toString("base64")}, hostKey says ${wanted}`;
}

function loginReason(endpoint: Endpoint, error: Error): string {
  return error.message.startsWith("All configured authentication methods failed")
    ? `ssh: unable to authenticate as ${endpoint.user}, no supported methods remain`
    : error.message;
}
