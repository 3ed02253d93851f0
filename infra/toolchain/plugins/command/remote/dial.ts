import type { Client, ClientChannel } from "ssh2";
import type { Operation } from "../resource";
import type { Connection, Endpoint } from "./connection";
import { dialTcp, logIn, prepareLogin, type Login } from "./login";
import { tryAgain, type Retry } from "./retry";

/** A login, and what to close after it. */
export interface Dialled {
  readonly client: Client;
  /** Closes the connection, and the one to the proxy. */
  readonly close: () => void;
}

/**
 * Logs in, through a proxy where the connection names one, and tries again as `dialErrorLimit` allows.
 * @throws Error with the last failure
 */
export async function dial(connection: Connection, operation: Operation): Promise<Dialled> {
  const login = prepareLogin(connection);
  const retry = (what: string, endpoint: Endpoint): Retry => ({
    what,
    limit: endpoint.dialErrorLimit,
    signal: operation.signal,
    report: (text) => operation.log.log({ severity: "info", text, urn: operation.urn, status: true }),
  });
  if (connection.proxy === undefined) {
    const client = await tryAgain(retry("Dial", connection), () => dialOnce(login, operation.signal));
    return { client, close: () => client.end() };
  }
  try {
    const proxyLogin = prepareLogin(connection.proxy);
    const proxy = await tryAgain(retry("Dial proxy", connection.proxy), () => dialOnce(proxyLogin, operation.signal));
    return await dialThrough(proxy, login, retry("Dial from proxy", connection), operation.signal);
  } catch (error) {
    throw new Error(`proxy: ${(error as Error).message}`);
  }
}

async function dialOnce(login: Login, signal: AbortSignal): Promise<Client> {
  return logIn(login, await dialTcp(login.endpoint, signal), signal);
}

async function dialThrough(proxy: Client, login: Login, retry: Retry, signal: AbortSignal): Promise<Dialled> {
  try {
    const client = await tryAgain(retry, async () => logIn(login, await forward(proxy, login.endpoint), signal));
    return {
      client,
      close: () => {
        client.end();
        proxy.end();
      },
    };
  } catch (error) {
    proxy.end();
    throw error;
  }
}

function forward(proxy: Client, to: Endpoint): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    proxy.forwardOut("127.0.0.1", 0, to.host, to.port, (error, stream) => {
      if (error === undefined) {
        resolve(stream);
      } else {
        reject(new Error(`ssh: rejected: ${error.message}`));
      }
    });
  });
}
