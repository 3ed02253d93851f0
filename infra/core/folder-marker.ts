import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { folderProblem } from "./folder-problem";
import { readJson } from "./json";
import type { Environment } from "./paths";
import { isWritten, writeNew } from "./whole-file";

/** The file that marks a folder as made by istio-lab. */
export const MARKER_FILE = ".istio-lab.json";

/** What the marker of a folder says. */
export interface Marker {
  /** Id of the state folder; the cache folder has one, too, which nobody compares. */
  readonly id: string;
  /** Exact name of the stack, in the folder of a stack. */
  readonly stack?: string;
  /** Absolute path of the folder when it was marked, links followed: a copy of it is no second owner. */
  readonly path?: string;
  /** istio-lab has made the folder, and did not find it. */
  readonly made?: boolean;
}

/** Reads a folder's marker; undefined if the folder carries none, or one that is not readable. */
export function readMarker(folder: string): Marker | undefined {
  const marker = readJson(join(folder, MARKER_FILE)) as Partial<Marker> | null | undefined;
  return typeof marker?.id === "string" ? (marker as Marker) : undefined;
}

/** What decides whether a folder may be taken, and what its marker says. */
export interface Claim {
  /** What a new marker says. Default: a new id */
  readonly marker?: Pick<Marker, "id" | "stack">;
  /** Tells from the names in a folder without a marker that istio-lab has made it. Default: it has not */
  readonly isKnown?: (names: readonly string[]) => boolean;
  /** The folder is to hold secrets: one that was there and that others may enter is refused, not closed. Default false */
  readonly isPrivate?: boolean;
  /** What decides which folder this is, for the message. Default: of this process */
  readonly env?: Environment;
}

/**
 * Makes a folder for its owner alone (0700) and marks it. Safe to call again, and from two processes at once: the first marker stays.
 * A folder that was there keeps its mode, and its marker says so.
 * @returns the marker that is there now
 * @throws Error if the folder holds files and no marker, so that it is somebody else's, or if others may enter one that is to be private
 */
export function claimFolder(folder: string, claim: Claim = {}): Marker {
  const found = readMarker(folder);
  if (found !== undefined) {
    return found;
  }
  assertUndamaged(folder);
  const made = !existsSync(folder);
  onFolder(folder, claim, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  const names = readdirSync(folder).filter((name) => !name.startsWith(MARKER_FILE));
  if (names.length > 0 && claim.isKnown?.(names) !== true) {
    throw new Error(
      `${folder}: holds ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}, and no mark of istio-lab; name an empty folder or a new one`,
    );
  }
  if (!made && claim.isPrivate === true) {
    assertPrivate(folder);
  }
  const marker = { id: newId(), ...claim.marker, path: realpathSync(folder), made };
  onFolder(folder, claim, () => writeMarker(folder, marker));
  return readMarker(folder) ?? marker;
}

/** @throws Error in our words if the file system refuses */
function onFolder(folder: string, { env }: Claim, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const known = folderProblem(error, env);
    throw new Error(
      known ?? `${folder}: cannot be used as a folder of istio-lab (${code ?? message}); name another one`,
      { cause: error },
    );
  }
}

function newId(): string {
  return randomBytes(8).toString("hex");
}

/** A new id in place of a lost one would leave a lab that nobody owns. */
function assertUndamaged(folder: string): void {
  const file = join(folder, MARKER_FILE);
  if (existsSync(file) && readdirSync(folder).some((name) => name !== MARKER_FILE)) {
    throw new Error(
      `${file}: damaged; write {"id":"ID"} into it, with the ID that this prints: docker ps --all --filter label=istio-lab.folder=${folder} --format '{{.Label "istio-lab.state"}}'`,
    );
  }
}

/**
 * Refuses a folder that was copied, while the one that it was copied from is there: both would own the same labs. One that was moved is fine for `destroy`; see `movedFrom`.
 * @throws Error that names both
 */
export function assertOriginal(folder: string, marker: Marker): void {
  const here = realpathSync(folder);
  const original = movedFrom(folder, marker);
  if (original !== undefined && readMarker(original)?.id === marker.id) {
    throw new Error(
      `${here}: is a copy of ${original}, and the labs are that folder's; use that one, or remove ${join(here, MARKER_FILE)} and what else is in it`,
    );
  }
}

/**
 * The place of a folder when it was marked, if that is another one now and no link leads from there to it.
 * @param marker of the folder. Default: as it is read
 * @returns absolute path; undefined if the folder has its old place
 */
export function movedFrom(folder: string, marker = readMarker(folder)): string | undefined {
  const original = marker?.path;
  const isHere = original !== undefined && existsSync(original) && realpathSync(original) === realpathSync(folder);
  return isHere ? undefined : original;
}

function assertPrivate(folder: string): void {
  const mode = statSync(folder).mode & 0o7777;
  if ((mode & 0o077) !== 0) {
    throw new Error(
      `${folder}: other users may enter it (mode ${mode.toString(8)}), and it holds keys; run chmod 700 on it, or name a folder that does not exist yet`,
    );
  }
}

/**
 * Removes files of known names from a folder; if nothing else is in it, its marker, too, and the folder itself if istio-lab has made it.
 * @returns names of what is left: somebody else's
 */
export function releaseFolder(folder: string, isOurs: (name: string, path: string) => boolean): readonly string[] {
  if (!existsSync(folder)) {
    return [];
  }
  const made = readMarker(folder)?.made === true;
  const isDraft = (name: string) => name !== MARKER_FILE && isWritten(name, [MARKER_FILE]);
  for (const name of readdirSync(folder).filter((each) => isDraft(each) || isOurs(each, join(folder, each)))) {
    rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
  const left = readdirSync(folder).filter((name) => name !== MARKER_FILE);
  if (left.length > 0) {
    // The mark stays, or the folder could not be used again.
    return left;
  }
  rmSync(join(folder, MARKER_FILE), { force: true });
  if (made) {
    rmdirSync(folder);
  }
  return [];
}

/** It never replaces the one that another process has just made. */
function writeMarker(folder: string, marker: Marker): void {
  const file = join(folder, MARKER_FILE);
  if (existsSync(file)) {
    // Not readable, or the above would have found it.
    rmSync(file, { force: true });
  }
  writeNew(file, `${JSON.stringify(marker)}\n`);
}
