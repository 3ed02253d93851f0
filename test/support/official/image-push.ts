import { createReadStream } from "node:fs";
import { request, type IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { blobsOf, indexOf, types, type Blob, type PackedImage } from "./image";

/** An answer of the registry, its body read. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** Puts images into a registry through its interface, as `docker push` does: the engine's own images are not touched. */
export class ImagePusher {
  /** Repository that has a part already, by digest. */
  private readonly homes = new Map<string, string>();

  /** @param address of the registry, e.g. `127.0.0.1:41234` */
  public constructor(private readonly address: string) {}

  /**
   * Pushes an image with an index for this processor, as public images have one for each.
   * @param reference in the registry, e.g. `docker.io/istio/pilot:1.31.0-a`
   * @returns digest of the index, `sha256:…`
   */
  public async push(reference: string, image: PackedImage): Promise<string> {
    const [, repository = "", tag = ""] = /^(.+):([^:/]+)$/.exec(reference) ?? [];
    const { parts, manifest } = blobsOf(image);
    for (const part of parts) await this.put(repository, part);
    await this.putManifest(repository, manifest.digest, types.manifest, manifest.content);
    const index = indexOf([{ manifest }]);
    await this.putManifest(repository, tag, types.index, index.content);
    return index.digest;
  }

  private async putManifest(repository: string, name: string, type: string, text: string): Promise<void> {
    const path = `/v2/${repository}/manifests/${name}`;
    expectStatus(await this.send("PUT", path, { "content-type": type }, text), 201, path);
  }

  /** Uploads a part, or names the repository that has it: no byte moves then. */
  private async put(repository: string, { digest, size, content }: Blob): Promise<void> {
    const home = this.homes.get(digest);
    if (home === repository) return;
    const path = `/v2/${repository}/blobs/uploads/`;
    const query = home === undefined ? "" : `?mount=${digest}&from=${encodeURIComponent(home)}`;
    const opened = await this.send("POST", path + query, { "content-length": "0" }, "");
    this.homes.set(digest, home ?? repository);
    if (opened.status === 201 && home !== undefined) return;
    expectStatus(opened, 202, path);
    const place = new URL(opened.headers.location ?? "", `http://${this.address}`);
    place.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
    expectStatus(await this.send("PUT", place.pathname + place.search, headers, content), 201, path);
  }

  private async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Blob["content"],
  ): Promise<Answer> {
    const [host, port] = this.address.split(":");
    const outgoing = request({ host, port, method, path, headers });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once("response", resolve).once("error", reject);
    });
    if (typeof body === "string") outgoing.end(body);
    else await pipeline(createReadStream(body.file, { highWaterMark: 1 << 20 }), outgoing);
    const response = await answered;
    let text = "";
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  }
}

function expectStatus(answer: Answer, status: number, path: string): void {
  if (answer.status === status) return;
  throw new Error(`registry: ${path}: HTTP ${answer.status} given, ${status} wanted: ${answer.text}`);
}
