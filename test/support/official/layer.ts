import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, statSync } from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** One layer as registries keep it: a compressed archive. */
export interface PackedLayer {
  /** Digest of the archive before it is compressed, `sha256:…`: what an image's configuration names. */
  readonly diffId: string;
  /** Digest of the compressed archive, `sha256:…`: what an image's manifest names. */
  readonly digest: string;
  readonly size: number;
  readonly file: string;
}

/**
 * Packs a folder whose content starts at `/`.
 * @param folder where the archive goes
 */
export async function packLayer(name: string, content: string, folder: string): Promise<PackedLayer> {
  const file = join(folder, `${name}.tar.gz`);
  const archive = ["--sort=name", "--numeric-owner", "--xattrs", "--xattrs-include=security.capability", "-cf", "-"];
  const tar = spawn("tar", ["-C", content, ...archive, "."], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => tar.once("close", resolve));
  const [plain, packed] = [new Digest(), new Digest()];
  // In the form of compressed layers, but as it is: it is read back once, on this machine.
  await pipeline(tar.stdout, plain, createGzip({ level: 0, chunkSize: 1 << 20 }), packed, createWriteStream(file));
  const code = await ended;
  if (code !== 0) throw new Error(`tar of ${content}: exit code ${code ?? "none"}`);
  return { diffId: plain.value, digest: packed.value, size: statSync(file).size, file };
}

/** The digest of a text or of bytes, as registries write it. */
export function digestOf(content: string | Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The digest of a file that may be large, in hexadecimal. */
export async function digestOfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

/** Lets everything pass and knows its digest at the end. */
class Digest extends Transform {
  private readonly hash = createHash("sha256");

  public get value(): string {
    return `sha256:${this.hash.digest("hex")}`;
  }

  public override _transform(chunk: Buffer, _: string, done: (error: null, chunk: Buffer) => void): void {
    this.hash.update(chunk);
    done(null, chunk);
  }
}
