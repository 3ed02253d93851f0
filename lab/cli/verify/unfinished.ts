import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identityOf, isRunning, type ProcessIdentity } from "../../../infra/toolchain/process-identity";
import type { Session } from "../session";
import { UserError } from "../user-error";

/** A scenario that has changed the lab and has not put it back yet. */
export interface UnfinishedScenario {
  readonly name: string;
  /** The `verify` that runs it, or ran it. */
  readonly by?: ProcessIdentity;
}

/** What the note of a `verify` says: a scenario's name only while that has changed the lab. */
type Note = Partial<UnfinishedScenario>;

/**
 * Where a `verify` notes that it is at work on the lab, and each scenario before it changes anything: a `verify` that is killed cannot put the lab
 * back, and `heal` can.
 */
export class ScenarioNote {
  private readonly file: string;
  private isAtWork = false;

  /** @param stackFolder the stack's state folder */
  public constructor(stackFolder: string) {
    this.file = join(stackFolder, "scenario.json");
  }

  /** Notes that this process is at work on the lab. Checks that only look go on without the note if it cannot be written. */
  public start(): void {
    this.isAtWork = true;
    try {
      this.write({});
    } catch {
      // A scenario, which must not go on without it, says so.
    }
  }

  /** Notes that this process has ended its work; a scenario that could not be put back stays noted. */
  public stop(): void {
    this.isAtWork = false;
    if (this.read()?.name === undefined) {
      this.end();
    }
  }

  /**
   * Notes a scenario that begins.
   * @throws UserError if it cannot: then the scenario must not begin
   */
  public begin(name: string): void {
    try {
      this.write({ name });
    } catch (error) {
      throw new UserError(
        `${this.file}: cannot be written (${(error as Error).message}), and without it nobody could put back what the scenario ${name} changes`,
      );
    }
  }

  /** Forgets the scenario: the lab is as it was before. */
  public end(): void {
    if (this.isAtWork) {
      this.start();
    } else {
      rmSync(this.file, { force: true });
    }
  }

  /**
   * The scenario that nobody puts back any more.
   * @returns undefined if there is none; half a note, which a kill may leave, comes before any change
   * @throws UserError if a `verify` is at work on it at this moment
   */
  public unfinished(): UnfinishedScenario | undefined {
    const { name, by } = this.read() ?? {};
    if (by !== undefined && isRunning(by)) {
      const pid = String(by.pid);
      const scenario = name === undefined ? "" : `, with the scenario ${name}`;
      throw new UserError(
        `verify (process ${pid}) is at work on the lab${scenario}; wait until it ends, or stop it: kill ${pid}`,
      );
    }
    return name === undefined ? undefined : { name, ...(by ? { by } : {}) };
  }

  private write(note: Pick<Note, "name">): void {
    const by = identityOf(process.pid);
    writeFileSync(this.file, JSON.stringify({ ...note, ...(by ? { by } : {}) }), { mode: 0o600 });
  }

  private read(): Note | undefined {
    try {
      return JSON.parse(readFileSync(this.file, "utf8")) as Note;
    } catch {
      return undefined;
    }
  }
}

/**
 * Call it before the lab is changed or removed: the checks of a `verify` would fail in the middle, and it could not put back what it has changed.
 * What a `verify` that was killed has left does not matter.
 * @param undone what was not done, e.g. `nothing was removed`
 * @throws UserError if a `verify` is at work on the lab
 */
export function assertNoVerify({ stack, stackFolder }: Pick<Session, "stack" | "stackFolder">, undone: string): void {
  try {
    new ScenarioNote(stackFolder).unfinished();
  } catch (error) {
    throw new UserError(`stack ${stack}: ${undone}, since ${(error as Error).message}`);
  }
}
