import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJson } from "../../core/json";
import { writeFileAtomic } from "../files";
import { StepProblem } from "../step";

/** The file that keeps what each tag meant when it was first pulled. */
export function imageLockFile(cache: string): string {
  return join(cache, "images.lock.json");
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * What each tag meant when it was first pulled, by reference.
 * @throws StepProblem if the file is there but is something else
 */
export function readImageLock(cache: string): Readonly<Record<string, string>> {
  const file = imageLockFile(cache);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  const lock = parse(text);
  if (lock !== undefined) return lock;
  throw new StepProblem(
    `${file}: damaged; references with their digests (sha256:…) are wanted`,
    "repair it, or remove it: then what the tags mean now counts from the next set-up on",
  );
}

function parse(text: string): Record<string, string> | undefined {
  const lock = parseJson(text);
  if (typeof lock !== "object" || lock === null || Array.isArray(lock)) return undefined;
  const isRight = Object.values(lock).every((digest) => typeof digest === "string" && DIGEST.test(digest));
  return isRight ? (lock as Record<string, string>) : undefined;
}

/** Notes what a tag means. Nothing happens between reading and writing: steps that pull at once lose no line of each other. */
export function lockImage(cache: string, reference: string, digest: string): void {
  const lock = Object.entries({ ...readImageLock(cache), [reference]: digest }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileAtomic(imageLockFile(cache), `${JSON.stringify(Object.fromEntries(lock), null, 2)}\n`);
}
