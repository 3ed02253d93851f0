import * as http from "node:http";
import * as https from "node:https";
import { ApiError, CancelledError, UnreachableError } from "./api-error";
import type { Connection } from "./connection";
import type { Manifest } from "./manifest";

/** The media types of a request's body that the provider sends. */
export type BodyType = "application/json" | "application/apply-patch+yaml" | "application/json-patch+json";

/** One request to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with a leading slash, names already encoded. */
  readonly path: string;
  /** Query; undefined values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON, which is YAML as well. */
  readonly body?: unknown;
  readonly bodyType?: BodyType;
  readonly signal: AbortSignal;
}

/** A request whose answer does not end, i.e. a watch. */
export interface ApiStream {
  /** The answer's lines, each one JSON document. Ends when the server ends it. */
  readonly lines: AsyncIterable<string>;
}

// A server that is gone refuses at once; one behind a firewall that drops packets does not.
const connectTimeoutMilliseconds = 10_000;
const answerTimeoutMilliseconds = 60_000;

/** Speaks with one API server, in JSON. */
export class ApiClient {
  private connection: Promise<Connection> | undefined;

  /** @param open makes the connection's settings; called once, at the first request */
  constructor(private readonly open: () => Promise<Connection>) {}

  /**
   * Sends a request and returns the answer's object.
   * @throws ApiError where the server refuses
   * @throws UnreachableError where there is no connection
   * @throws CancelledError where the signal is aborted
   */
  async send(request: ApiRequest): Promise<Manifest> {
    const response = await this.begin(request, answerTimeoutMilliseconds);
    return parseJson(await readAll(response, request));
  }

  /** Sends a request and returns the lines of its answer as they come. Throws as `send` does. */
  async stream(request: ApiRequest): Promise<ApiStream> {
    const response = await this.begin(request, 0);
    return { lines: linesOf(response, request) };
  }

  private async begin(request: ApiRequest, timeout: number): Promise<http.IncomingMessage> {
    if (request.signal.aborted) {
      throw new CancelledError();
    }
    const connection = await this.connected();
    const response = await exchange(connection, request, timeout);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) {
      return response;
    }
    const text = await readAll(response, request);
    throw new ApiError(status, parseStatus(text), `${request.method} ${request.path}`);
  }

  private connected(): Promise<Connection> {
    this.connection ??= this.open().catch((error: unknown) => {
      this.connection = undefined;
      throw error;
    });
    return this.connection;
  }
}

async function exchange(connection: Connection, request: ApiRequest, timeout: number): Promise<http.IncomingMessage> {
  const first = await tryExchange(connection, request, timeout);
  if (first instanceof http.IncomingMessage) {
    return first;
  }
  // The server may close an idle connection at the very moment when it is used again: that says nothing about it.
  const second = first.stale && !request.signal.aborted ? await tryExchange(connection, request, timeout) : first;
  if (second instanceof http.IncomingMessage) {
    return second;
  }
  throw request.signal.aborted ? new CancelledError() : new UnreachableError(describeFailure(connection, second.error));
}

interface FailedExchange {
  readonly error: NodeJS.ErrnoException;
  readonly stale: boolean;
}

function tryExchange(
  connection: Connection,
  request: ApiRequest,
  timeout: number,
): Promise<http.IncomingMessage | FailedExchange> {
  const url = new URL(connection.server + request.path);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) {
      url.searchParams.set(name, value);
    }
  }
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const options: http.RequestOptions = {
    method: request.method,
    agent: connection.agent,
    timeout: timeout === 0 ? connectTimeoutMilliseconds : timeout,
    headers: {
      ...connection.headers,
      Accept: "application/json",
      "User-Agent": "istio-lab-kubernetes",
      ...(body === undefined
        ? {}
        : { "Content-Type": request.bodyType ?? "application/json", "Content-Length": Buffer.byteLength(body) }),
    },
  };
  return new Promise((resolve) => {
    const outgoing = url.protocol === "http:" ? http.request(url, options) : https.request(url, options);
    // Not Node's own option `signal`: that one ends up on the socket, which later requests of other operations share.
    const abort = (): void => void outgoing.destroy();
    request.signal.addEventListener("abort", abort);
    outgoing.on("close", () => request.signal.removeEventListener("abort", abort));
    const connecting = setTimeout(() => {
      if (outgoing.socket?.connecting ?? true) {
        outgoing.destroy(Object.assign(new Error("no answer to the connection request"), { code: "ETIMEDOUT" }));
      }
    }, connectTimeoutMilliseconds);
    outgoing.on("timeout", () => outgoing.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
    outgoing.on("response", (response) => {
      clearTimeout(connecting);
      // Whoever reads the answer gets the error too; one that comes when nobody reads any more must not end the process.
      response.on("error", () => undefined);
      if (timeout === 0) {
        outgoing.setTimeout(0);
      }
      resolve(response);
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(connecting);
      resolve({ error, stale: outgoing.reusedSocket && error.code === "ECONNRESET" });
    });
    outgoing.end(body);
  });
}

function describeFailure(connection: Connection, error: NodeJS.ErrnoException): string {
  // Several addresses of one name fail together, with a message of their own each.
  const reasons = error instanceof AggregateError ? error.errors.map(messageOf).join("; ") : error.message;
  return `${connection.server}: ${reasons === "" ? (error.code ?? "no connection") : reasons}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function readAll(response: http.IncomingMessage, request: ApiRequest): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
    }
  } catch (error) {
    throw request.signal.aborted
      ? new CancelledError()
      : new UnreachableError(`${request.method} ${request.path}: the answer broke off (${messageOf(error)})`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function* linesOf(response: http.IncomingMessage, request: ApiRequest): AsyncGenerator<string> {
  response.setEncoding("utf8");
  let rest = "";
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      yield* parts.filter((line) => line !== "");
    }
  } catch (error) {
    if (request.signal.aborted) {
      throw new CancelledError();
    }
    // A watch that breaks off is one that ends: its reader starts the next one.
    if (!(error instanceof Error)) {
      throw error;
    }
  }
}

function parseJson(text: string): Manifest {
  try {
    return JSON.parse(text) as Manifest;
  } catch {
    throw new UnreachableError(`expected JSON from the API server, given: ${text.slice(0, 200)}`);
  }
}

function parseStatus(text: string): Manifest {
  try {
    const parsed = JSON.parse(text) as unknown;
    return typeof parsed === "object" && parsed !== null ? (parsed as Manifest) : { message: text.trim() };
  } catch {
    return { message: text.trim().slice(0, 1000) };
  }
}
