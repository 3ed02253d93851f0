import { statSync } from "node:fs";
import { join } from "node:path";
import { ask, environmentFor } from "../core/child";
import { shellWord } from "../core/shell";

/** A cache has some hundred thousand files. */
const handOverMilliseconds = 10 * 60_000;

/**
 * The line by which root prepares the cache of the user who pastes it: without the folder's name root would prepare its own, which is of no
 * use to the user, and sudo's PATH may lack the user's Node.
 * @param cache absolute path of the user's cache folder, which has to be there: it belongs to who made it
 */
export function rootSetupLine(cache: string): string {
  return `sudo env "PATH=$PATH" ISTIO_LAB_CACHE=${shellWord(cache)} npm run lab -- setup`;
}

/**
 * Gives what root has made in another user's cache to that user, who could not use it otherwise. Does nothing for other users, and for root in
 * a cache of its own.
 * @throws Error if it cannot be given
 */
export async function handOver(cache: string): Promise<void> {
  const { uid, gid } = statSync(cache);
  if (process.getuid?.() !== 0 || uid === 0) return;
  const env = { ...environmentFor(), CACHE: cache, OWNER: String(uid), GROUP: String(gid) };
  const script = join(__dirname, "hand-over.sh");
  const answer = await ask("bash", ["-p", script], { env, timeoutMilliseconds: handOverMilliseconds });
  if (!answer.ok) {
    throw new Error(`${cache}: cannot be given to its owner (user ${String(uid)}): ${answer.stderr.trim()}`);
  }
}
