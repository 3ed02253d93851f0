import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseJson, readJson } from "../../../infra/core/json";
import { processFile, waitAdvice } from "../../../infra/core/workstation/processes";
import { HERE } from "../../../infra/core/workstation/surroundings";
import { checkpointFile, PROJECT } from "./backend";
import { onFile } from "../ui/file-error";
import { settlePendingOperations } from "./pending-operations";
import type { Session } from "./session";
import { endProcesses, isAlive, updateProcesses } from "./stray-processes";
import { tell } from "../ui/terminal";
import { UserError } from "../ui/user-error";

/** How a lock file of Pulumi's file backend names its holder. */
interface LockContent {
  readonly pid: number;
  readonly hostname: string;
}

/**
 * Puts away what a killed run left behind, so that the next one just works: its processes, its lock, its unfinished operations.
 * @throws UserError if another command line works on the stack at this moment
 */
export async function clearInterrupted(session: Session): Promise<void> {
  await endStrays(session);
  releaseLocks(session);
  dropHalfWrittenAttributes(session);
  await settlePendingOperations(session);
}

/** Ends an earlier update whose command line is gone: nobody waits for it, and it would work against the next one. */
async function endStrays(session: Session): Promise<void> {
  const strays = updateProcesses(session.stackFolder);
  const owner = strays.map((stray) => stray.owner).find((pid) => pid !== process.pid && isAlive(pid));
  if (owner !== undefined) {
    throw new UserError(
      `stack ${session.stack}: another istio-lab (process ${owner}) is working on it; ${waitAdvice(owner)}`,
      2,
    );
  }
  if (strays.length > 0) {
    tell(`ending ${strays.length} processes of an earlier run that was killed`);
    await endProcesses(
      strays.map(({ pid }) => pid),
      10,
    );
  }
}

/** Removes locks of this host's dead processes, which is what `pulumi cancel` does with every lock. */
function releaseLocks(session: Session): void {
  if (session.backend.ownFolder === undefined) {
    return;
  }
  const folder = join(session.backend.ownFolder, ".pulumi", "locks", "organization", PROJECT, session.stack);
  for (const name of existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : []) {
    const file = join(folder, name);
    const lock = readLock(file);
    if (lock === undefined || (lock.hostname === HERE.hostName && !isPulumi(lock.pid))) {
      onFile(file, "removed", () => {
        rmSync(file, { force: true });
        rmSync(`${file}.attrs`, { force: true });
      });
      tell(`removed the lock of an earlier run that was killed${lock ? ` (process ${lock.pid})` : ""}`);
    }
  }
}

/** @returns undefined if the file holds no lock: its writer was killed, and Pulumi reads no further than to it */
function readLock(file: string): LockContent | undefined {
  const { pid, hostname } = Object(readJson(file)) as Partial<LockContent>;
  return typeof pid === "number" && typeof hostname === "string" ? { pid, hostname } : undefined;
}

/**
 * Removes attribute files that hold nothing whole. Pulumi's file backend writes the attributes in place, beside a checkpoint that it replaces
 * at once: a kill between the two leaves an empty file, and every read of the stack ends with "failed to load checkpoint: EOF". They may be absent.
 */
function dropHalfWrittenAttributes({ backend, stack }: Session): void {
  if (backend.ownFolder === undefined) {
    return;
  }
  const checkpoint = checkpointFile(backend.ownFolder, stack);
  for (const file of [`${checkpoint}.attrs`, `${checkpoint}.bak.attrs`].filter((name) => existsSync(name))) {
    if (parseJson(readFileSync(file, "utf8")) === undefined) {
      rmSync(file, { force: true });
      tell("removed a half-written file of an earlier run that was killed");
    }
  }
}

/** A process id is given again to others, so a live one is a holder only if it is a pulumi. */
function isPulumi(pid: number): boolean {
  return isAlive(pid) && (processFile(pid, "comm")?.startsWith("pulumi") ?? true);
}
