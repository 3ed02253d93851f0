import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

/** What a path leads to: a text, or a file. */
export type Served = string | { readonly file: string };

/** A mirror of releases on 127.0.0.1: files under the names of the hosts that have them, and a log of who asked for what. */
export class ReleaseServer {
  /** Every request so far, e.g. `GET dl.k8s.io/release/v1.34.4/bin/linux/amd64/kubectl 200`. */
  public readonly requests: string[] = [];
  private readonly files = new Map<string, Served>();
  private readonly server = createServer((request, response) => void this.answer(request, response));

  private port = 0;

  /** Starts an empty one. */
  public static async start(): Promise<ReleaseServer> {
    const releases = new ReleaseServer();
    await new Promise<void>((resolve) => releases.server.listen(0, "127.0.0.1", resolve));
    releases.port = (releases.server.address() as AddressInfo).port;
    return releases;
  }

  /** Its address, e.g. `http://127.0.0.1:41234`; also when it has ended. */
  public get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** @param address where the release lies, without `https://`, e.g. `get.helm.sh/helm-v3.17.3-linux-amd64.tar.gz` */
  public serve(address: string, content: Served): void {
    this.files.set(address, content);
  }

  /** Ends it with all connections. */
  public async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = decodeURIComponent((request.url ?? "").slice(1));
    const content = this.files.get(address);
    this.requests.push(`${request.method ?? ""} ${address} ${content === undefined ? 404 : 200}`);
    if (content === undefined) response.writeHead(404).end();
    else if (typeof content === "string") response.end(content);
    else {
      response.writeHead(200, { "content-length": statSync(content.file).size });
      if (request.method === "HEAD") response.end();
      // Whoever breaks off is told by its own error.
      else await pipeline(createReadStream(content.file), response).catch(() => undefined);
    }
  }
}
