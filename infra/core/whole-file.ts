import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file whole or not at all: a reader sees the old content or the new one. If it fails, e.g. on a full disk, nothing of it is left.
 * @param mode rights of the file. Default 0600
 * @throws what the system says
 */
export function writeWhole(file: string, text: string, mode = 0o600): void {
  throughDraft(file, (draft) => {
    writeFileSync(draft, text, { mode });
    renameSync(draft, file);
  });
}

/**
 * Puts a file there, for its owner alone, with its whole content, and never replaces one.
 * @returns whether it did; false if a file of that name is there
 * @throws what the system says
 */
export function writeNew(file: string, text: string): boolean {
  return throughDraft(file, (draft) => {
    writeFileSync(draft, text, { mode: 0o600 });
    try {
      linkSync(draft, file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") {
        return false;
      }
      throw error;
    }
  });
}

/**
 * Makes a file under a passing name beside it, `FILE.PID`. Whatever happens, nothing of that name is left.
 * @param make makes the draft and puts it in its place
 */
export function throughDraft<T>(file: string, make: (draft: string) => T): T {
  const draft = `${file}.${process.pid}`;
  // A killed process of the same id may have left one.
  rmSync(draft, { force: true });
  try {
    return make(draft);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Whether a file is, or is left by a killed process from, the writing of one of these files.
 * @param name of the file that is looked at
 * @param written names of the files that are written
 */
export function isWritten(name: string, written: readonly string[]): boolean {
  return written.includes(name) || written.includes(name.replace(/\.\d+$/, ""));
}
