import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identityOf, isRunning, type ProcessIdentity } from "../../../infra/toolchain/process-identity";
import { UserError } from "../user-error";

/** A scenario that has changed the lab and has not put it back yet. */
export interface UnfinishedScenario {
  readonly name: string;
  /** The `verify` that runs it, or ran it. */
  readonly by?: ProcessIdentity;
}

/** Where a scenario is noted before it changes anything: a `verify` that is killed cannot put the lab back, and `heal` can. */
export class ScenarioNote {
  private readonly file: string;

  /** @param stackFolder the stack's state folder */
  public constructor(stackFolder: string) {
    this.file = join(stackFolder, "scenario.json");
  }

  /**
   * Notes a scenario that begins.
   * @throws UserError if it cannot: then the scenario must not begin
   */
  public begin(name: string): void {
    const by = identityOf(process.pid);
    const note: UnfinishedScenario = { name, ...(by ? { by } : {}) };
    try {
      writeFileSync(this.file, JSON.stringify(note), { mode: 0o600 });
    } catch (error) {
      throw new UserError(
        `${this.file}: cannot be written (${(error as Error).message}), and without it nobody could put back what the scenario ${name} changes`,
      );
    }
  }

  /** Forgets it: the lab is as it was before. */
  public end(): void {
    rmSync(this.file, { force: true });
  }

  /**
   * The scenario that nobody puts back any more.
   * @returns undefined if there is none; half a note, which a kill may leave, comes before any change
   * @throws UserError if a `verify` is at work on it at this moment
   */
  public unfinished(): UnfinishedScenario | undefined {
    const note = this.read();
    if (note?.by !== undefined && isRunning(note.by)) {
      const pid = String(note.by.pid);
      throw new UserError(
        `verify (process ${pid}) is at work on the lab, with the scenario ${note.name}; wait until it ends, or stop it: kill ${pid}`,
      );
    }
    return note;
  }

  private read(): UnfinishedScenario | undefined {
    try {
      return JSON.parse(readFileSync(this.file, "utf8")) as UnfinishedScenario;
    } catch {
      return undefined;
    }
  }
}
