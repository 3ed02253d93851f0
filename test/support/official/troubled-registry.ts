import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with some requests: another answer, or a file that ends too early, as one that a mirror has kept only half of. */
export type Trouble =
  | { readonly path: RegExp; readonly status: number; readonly body: string }
  | { readonly path: RegExp; readonly keptBytes: number };

/** Stands in front of a registry of images, and makes trouble when it is told to. */
export class TroubledRegistry {
  /** What goes wrong at the moment. */
  public trouble: Trouble | undefined;
  private readonly server = createServer((incoming, response) => this.answer(incoming, response));

  private constructor(private readonly target: string) {}

  /** @param target address of the registry, e.g. `127.0.0.1:41234` */
  public static async start(target: string): Promise<TroubledRegistry> {
    const registry = new TroubledRegistry(target);
    await new Promise<void>((resolve) => registry.server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  /** Where it listens, e.g. `127.0.0.1:41235`. */
  public get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends it with all connections. */
  public async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private answer(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, url: path = "", headers } = incoming;
    const trouble = this.trouble?.path.test(path) === true ? this.trouble : undefined;
    if (trouble !== undefined && "status" in trouble) {
      response.writeHead(trouble.status, { "content-type": "application/json" }).end(trouble.body);
      return;
    }
    const [host, port] = this.target.split(":");
    const asked = request({ host, port, method, path, headers }, (answer) => {
      if (trouble === undefined) {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      } else {
        keep(answer, trouble.keptBytes, response);
      }
    });
    asked.on("error", () => response.destroy());
    incoming.pipe(asked);
  }
}

/** Passes on the beginning of a body as if it were all of it. */
function keep(answer: IncomingMessage, bytes: number, response: ServerResponse): void {
  const kept: Buffer[] = [];
  answer.on("data", (chunk: Buffer) => kept.push(chunk));
  answer.on("end", () => {
    const body = Buffer.concat(kept).subarray(0, bytes);
    response.writeHead(answer.statusCode ?? 0, { ...answer.headers, "content-length": body.length }).end(body);
  });
}
