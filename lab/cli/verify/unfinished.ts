import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../../../infra/core/json";
import { UserError } from "../ui/user-error";

/**
 * Where a `verify` notes a scenario before that changes the lab: a `verify` that is killed cannot put the lab back, and `heal` can.
 * Only a process that has the stack for itself may use it: see `whileAlone`.
 */
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
    try {
      writeFileSync(this.file, JSON.stringify({ name }), { mode: 0o600 });
    } catch (error) {
      throw new UserError(
        `${this.file}: cannot be written (${(error as Error).message}), and without it nobody could put back what the scenario ${name} changes`,
      );
    }
  }

  /** Forgets the scenario: the lab is as it was before. */
  public end(): void {
    rmSync(this.file, { force: true });
  }

  /**
   * The name of the scenario that has changed the lab and has not been put back.
   * @returns undefined if there is none; half a note, which a kill may leave, comes before any change
   */
  public unfinished(): string | undefined {
    return (Object(readJson(this.file)) as { readonly name?: string }).name;
  }
}
