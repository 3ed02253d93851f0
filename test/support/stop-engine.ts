import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { daemonsHere } from "../../infra/toolchain/engine";

/**
 * Stops an engine that the set-up has started without an init system: CI leaves nothing running.
 * @param cache the cache folder, where it has left its process id
 * @returns whether there was one
 */
export async function stopEngine(cache: string): Promise<boolean> {
  const pidFile = join(cache, "engine", "dockerd.pid");
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0;
  const runs = (): boolean => daemonsHere().includes(pid);
  if (!runs()) return false;
  process.kill(pid, "SIGTERM");
  for (let tenths = 0; tenths < 300 && runs(); tenths++) await sleep(100);
  if (runs()) process.kill(pid, "SIGKILL");
  rmSync(pidFile, { force: true });
  return true;
}
