import type { Arguments } from "./arguments";
import type { Properties } from "./properties";

/** What an operation may use besides its properties. */
export interface Operation {
  /** Shows a line under the resource while the operation runs. */
  readonly show: (line: string) => void;
  /** Aborted when the user cancels, and when the engine has gone. */
  readonly signal: AbortSignal;
}

/** One kind of resource. Properties come without the wrappers of secrets, and nothing in them is unknown. */
export interface CommandResource {
  readonly arguments: Arguments;
  /** Outputs that are no inputs. */
  readonly outputs: readonly string[];
  /**
   * Creates it, or changes it.
   * @param state the last run's inputs and outputs; undefined if there is none
   * @returns its outputs
   */
  create(inputs: Properties, operation: Operation, state?: Properties): Promise<Properties>;
  /** Default: nothing is done. */
  delete?(state: Properties, operation: Operation): Promise<void>;
}

/** Collects what a command writes: each stream, and both in the order of arrival for error messages. */
export class Output {
  private readonly stdout: Buffer[] = [];
  private readonly stderr: Buffer[] = [];
  private readonly both: Buffer[] = [];

  /** Takes what a stream brought. */
  add(stream: "stdout" | "stderr", chunk: Buffer): void {
    this[stream].push(chunk);
    this.both.push(chunk);
  }

  /**
   * Both streams, each without its last line end.
   * @param failure how the command failed; undefined if it did not
   * @throws Error in the official provider's words: `exit status N: running "COMMAND":`, then all that the command wrote
   */
  of(command: string, failure: string | undefined): { stdout: string; stderr: string } {
    if (failure !== undefined) {
      throw new Error(`${failure}: running ${JSON.stringify(command)}:\n${textOf(this.both)}`);
    }
    const cut = (chunks: readonly Buffer[]): string => textOf(chunks).replace(/\n$/, "");
    return { stdout: cut(this.stdout), stderr: cut(this.stderr) };
  }
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}
