import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isDiskFull } from "../../core/errors";
import { downloadProblem } from "./download-problem";
import { sendRequest, withoutCredentials } from "./http";
import { locationsOf, mirrorOf, type Locations } from "./locations";
import type { Platform } from "./platform";
import { releases, type Release, type ReleaseName } from "./releases";

/** What is downloaded, and where to. */
export interface DownloadOptions {
  readonly version: string;
  /** The digest that the version set pins, if that is how the release is checked. */
  readonly pin?: string;
  readonly platform: Platform;
  /** Folder for the file; what an interrupted download left there is gone on with. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  /** Told how far the download is, now and then. */
  readonly onProgress?: (text: string) => void;
  /** Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds before the second attempt at one address; twice that before the third. Default 500. */
  readonly retryMilliseconds?: number;
  /** Milliseconds without a byte after which a connection counts as dead. Default 30 s. */
  readonly idleMilliseconds?: number;
}

interface WantedDigest {
  readonly kind: "SHA-256" | "SHA-1" | "git blob";
  readonly value: string;
}

/** The address has no such file, or something else that trying again does not repair. */
class FinalError extends Error {}

const attempts = 3;
const megabyte = 1_000_000;

/**
 * Downloads a release by its name.
 * @see downloadRelease
 */
export async function downloadNamed(name: ReleaseName, options: DownloadOptions): Promise<string> {
  return await downloadRelease(releases[name], options, mirrorOf(name, options.env));
}

/**
 * Downloads a release: each address in turn until one gives a file whose digest is right.
 * @param mirror base address that is asked first
 * @returns absolute path of the file, whole and checked
 * @throws StepProblem that names every address with what it answered, and says what to set
 */
export async function downloadRelease(release: Release, options: DownloadOptions, mirror?: string): Promise<string> {
  const locations = locationsOf(release, options.version, options.platform, mirror);
  const problems: string[] = [];
  for (const url of locations.urls) {
    try {
      const digest = await wantedDigest(release, url, locations, options);
      return await downloadChecked(url, join(options.folder, locations.file), digest, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      // No other address helps.
      if (isDiskFull(error)) throw error;
      problems.push((error as Error).message);
    }
  }
  throw downloadProblem(locations.title, problems);
}

async function wantedDigest(
  release: Release,
  url: string,
  locations: Locations,
  options: DownloadOptions,
): Promise<WantedDigest> {
  const { digest } = release;
  switch (digest.from) {
    case "pin":
      return { kind: "SHA-256", value: pinned(release, options) };
    case "git-blob":
      return { kind: "git blob", value: pinned(release, options) };
    case "beside":
      return { kind: "SHA-256", value: sha256In(await readText(url + digest.suffix, options), url + digest.suffix) };
    case "list":
      return await listedDigest(locations, options);
  }
}

function pinned(release: Release, { version, pin }: DownloadOptions): string {
  if (pin !== undefined) return pin;
  throw new FinalError(`${release.title}: no digest is pinned for ${version}`);
}

async function listedDigest(locations: Locations, options: DownloadOptions): Promise<WantedDigest> {
  const problems: string[] = [];
  for (const url of locations.digestUrls) {
    try {
      const lines = (await readText(url, options)).split("\n").map((line) => line.trim().split(/\s+\*?/));
      const found = lines.find(([, name]) => name?.replace(/^\.\//, "") === locations.file);
      if (found) return digestInList(found[0] ?? "", url);
      problems.push(`${withoutCredentials(url)}: no line for ${locations.file}`);
    } catch (error) {
      options.signal?.throwIfAborted();
      problems.push((error as Error).message);
    }
  }
  throw new FinalError(problems.join("; "));
}

/** Pulumi's own workflows list the SHA-1 of some plugins, which is all that there is of them. */
function digestInList(text: string, url: string): WantedDigest {
  return /^[0-9a-f]{40}$/i.test(text)
    ? { kind: "SHA-1", value: text.toLowerCase() }
    : { kind: "SHA-256", value: sha256In(text, url) };
}

function sha256In(text: string, url: string): string {
  const digest = /^[0-9a-f]{64}(?=\s|$)/i.exec(text.trim())?.[0];
  if (digest === undefined)
    throw new FinalError(`${withoutCredentials(url)}: a SHA-256 is wanted, this is something else`);
  return digest.toLowerCase();
}

async function downloadChecked(
  url: string,
  file: string,
  digest: WantedDigest,
  options: DownloadOptions,
): Promise<string> {
  if (existsSync(file) && (await digestOf(file, digest.kind)) === digest.value) return file;
  // Named after what it is to become, so that a half file of another version is never gone on with.
  const part = `${file}.${digest.value.slice(0, 12)}.part`;
  const resumed = existsSync(part);
  await tryOften(url, options, () => fetchInto(url, part, options));
  let given = await digestOf(part, digest.kind);
  if (given !== digest.value && resumed) {
    rmSync(part);
    await tryOften(url, options, () => fetchInto(url, part, options));
    given = await digestOf(part, digest.kind);
  }
  if (given !== digest.value) {
    rmSync(part);
    throw new FinalError(
      `${withoutCredentials(url)}: wrong ${digest.kind} digest: ${given} given, ${digest.value} wanted`,
    );
  }
  renameSync(part, file);
  return file;
}

/** Goes on where the part file ends, if the server can. */
async function fetchInto(url: string, part: string, options: DownloadOptions): Promise<void> {
  const start = existsSync(part) ? statSync(part).size : 0;
  const response = await send(url, options, start > 0 ? { range: `bytes=${String(start)}-` } : {});
  if (response.statusCode === 416) {
    response.resume();
    rmSync(part);
    throw new Error(`${withoutCredentials(url)}: the part that is there is longer than the file`);
  }
  assertFound(response, url);
  const append =
    response.statusCode === 206 && (response.headers["content-range"] ?? "").startsWith(`bytes ${String(start)}-`);
  if (response.statusCode === 206 && !append) {
    response.destroy();
    rmSync(part, { force: true });
    throw new Error(`${withoutCredentials(url)}: the server sent another part than the one asked for`);
  }
  const whole = (append ? start : 0) + Number(response.headers["content-length"] ?? Number.NaN);
  reportProgress(response, append ? start : 0, whole, options);
  response.setTimeout(options.idleMilliseconds ?? 30_000, () =>
    response.destroy(new Error("the connection fell silent")),
  );
  const file = createWriteStream(part, { flags: append ? "a" : "w" });
  const closed = new Promise<void>((resolve) => file.once("close", () => resolve()));
  try {
    await pipeline(response, file, ...(options.signal ? [{ signal: options.signal }] : []));
  } finally {
    // A pipeline that fails does not wait for it: a file that is opened late would empty what the next attempt has written.
    await closed;
  }
  const size = statSync(part).size;
  if (!Number.isNaN(whole) && size !== whole) throw new Error(`${String(size)} of ${String(whole)} bytes came`);
}

function reportProgress(response: IncomingMessage, start: number, whole: number, options: DownloadOptions): void {
  let there = start;
  let told = 0;
  response.on("data", (chunk: Buffer) => {
    there += chunk.length;
    if (Date.now() - told < 500) return;
    told = Date.now();
    const of = Number.isNaN(whole) ? "" : ` of ${(whole / megabyte).toFixed(1)}`;
    options.onProgress?.(`${(there / megabyte).toFixed(1)}${of} MB`);
  });
}

async function readText(url: string, options: DownloadOptions): Promise<string> {
  return await tryOften(url, options, async () => {
    const response = await send(url, options, {});
    assertFound(response, url);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  });
}

async function send(url: string, options: DownloadOptions, headers: Record<string, string>): Promise<IncomingMessage> {
  return await sendRequest(url, {
    headers,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.idleMilliseconds === undefined ? {} : { idleMilliseconds: options.idleMilliseconds }),
    ...(options.env ? { env: options.env } : {}),
  });
}

function assertFound(response: IncomingMessage, url: string): void {
  const status = response.statusCode ?? 0;
  if (status === 200 || status === 206) return;
  response.resume();
  const message = `${withoutCredentials(url)}: HTTP ${String(status)} ${response.statusMessage ?? ""}`.trimEnd();
  // 408, 425, 429 and what the server has trouble with may be better in a moment.
  throw status >= 500 || [408, 425, 429].includes(status) ? new Error(message) : new FinalError(message);
}

async function tryOften<Result>(url: string, options: DownloadOptions, action: () => Promise<Result>): Promise<Result> {
  const pause = options.retryMilliseconds ?? 500;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof FinalError || isDiskFull(error)) throw error;
      const message = (error as Error).message;
      const told = message.startsWith("http") ? message : `${withoutCredentials(url)}: ${reasonOf(error)}`;
      if (attempt === attempts || isUnreachable(error)) throw new FinalError(told);
      options.onProgress?.(`attempt ${String(attempt + 1)} of ${String(attempts)} after: ${reasonOf(error)}`);
      await sleep(pause * attempt, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}

/** Nobody is there: a second attempt only costs time. */
function isUnreachable(error: unknown): boolean {
  return ["ENOTFOUND", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH"].includes(
    (error as NodeJS.ErrnoException).code ?? "",
  );
}

function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  if (message === "aborted") return "the connection broke off";
  return message !== "" ? message : (code ?? "unknown error");
}

async function digestOf(file: string, kind: WantedDigest["kind"]): Promise<string> {
  const hash = createHash(kind === "SHA-256" ? "sha256" : "sha1");
  if (kind === "git blob") hash.update(`blob ${String(statSync(file).size)}\0`);
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
