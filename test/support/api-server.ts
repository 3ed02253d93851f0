import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** One request as the server got it. */
export interface SeenRequest {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly contentType: string | undefined;
  /** The body as JSON; undefined where there was none. */
  readonly body: unknown;
}

/** What the server answers: status and JSON, or a function that writes the answer itself. */
export type Answer = readonly [status: number, body: unknown] | ((response: ServerResponse) => void);

/** A small HTTP server that speaks as a Kubernetes API server does, as far as a test tells it. */
export interface ScriptedApiServer {
  /** Kubeconfig that leads to it, as JSON. */
  readonly kubeconfig: string;
  /** All requests so far, in order. */
  readonly seen: SeenRequest[];
  stop(): Promise<void>;
}

/**
 * Starts the server on loopback.
 * @param answer what each request gets
 */
export async function startScriptedApiServer(answer: (request: SeenRequest) => Answer): Promise<ScriptedApiServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const body = text === "" ? undefined : (JSON.parse(text) as unknown);
      const got = {
        method: request.method ?? "",
        url: request.url ?? "",
        contentType: request.headers["content-type"],
        body,
      };
      seen.push(got);
      const reply = answer(got);
      if (typeof reply === "function") {
        reply(response);
      } else {
        response.writeHead(reply[0], { "Content-Type": "application/json" }).end(JSON.stringify(reply[1]));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    seen,
    kubeconfig: JSON.stringify({
      "current-context": "a",
      contexts: [{ name: "a", context: { cluster: "a", user: "u" } }],
      clusters: [
        { name: "a", cluster: { server: `http://127.0.0.1:${String(port)}`, "insecure-skip-tls-verify": true } },
      ],
      users: [{ name: "u", user: { token: "secret-token" } }],
    }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
