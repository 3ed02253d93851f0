import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The file that marks a folder as made by istio-lab. */
export const MARKER_FILE = ".istio-lab.json";

/** What the marker of a folder says. */
export interface Marker {
  /** Id of the state folder; the cache folder has one, too, which nobody compares. */
  readonly id: string;
  /** Exact name of the stack, in the folder of a stack. */
  readonly stack?: string;
}

/** Reads a folder's marker; undefined if the folder carries none, or one that is not readable. */
export function readMarker(folder: string): Marker | undefined {
  try {
    const marker = JSON.parse(readFileSync(join(folder, MARKER_FILE), "utf8")) as Partial<Marker> | null;
    return typeof marker?.id === "string" ? (marker as Marker) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes a folder for its owner alone (0700) and marks it. Safe to call again, and from two processes at once: the first marker stays.
 * @param marker what a new marker says. Default: a new id
 * @param isKnown tells from the names in a folder without a marker that an earlier istio-lab made it
 * @returns the marker that is there now
 * @throws Error if the folder holds files and no marker: it is somebody else's
 */
export function claimFolder(
  folder: string,
  marker: Marker = { id: randomBytes(8).toString("hex") },
  isKnown: (names: readonly string[]) => boolean = () => false,
): Marker {
  const found = readMarker(folder);
  if (found !== undefined) {
    return found;
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = readdirSync(folder).filter((name) => !name.startsWith(MARKER_FILE));
  if (names.length > 0 && !isKnown(names)) {
    throw new Error(
      `${folder}: holds ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}, and no mark of istio-lab; name an empty folder or a new one`,
    );
  }
  chmodSync(folder, 0o700);
  writeMarker(folder, marker);
  return readMarker(folder) ?? marker;
}

/** A hard link puts the marker there whole, and never replaces the one that another process has just made. */
function writeMarker(folder: string, marker: Marker): void {
  const file = join(folder, MARKER_FILE);
  const draft = `${file}.${process.pid}`;
  if (existsSync(file)) {
    // Not readable, or the above would have found it.
    rmSync(file, { force: true });
  }
  writeFileSync(draft, `${JSON.stringify(marker)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  } finally {
    rmSync(draft, { force: true });
  }
}
