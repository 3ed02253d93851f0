/** What a step of the toolchain finds when it runs. */
export interface StepContext {
  /** Empty folder to write the result into; renamed to its final place when `run` returns. */
  readonly out: string;
  /** Folder for scratch work that survives a kill (downloads, generated modules): may hold what an earlier run left. */
  readonly work: string;
  /**
   * Final folder of another finished step.
   * @throws Error if the step is not named in `needs`
   */
  result(step: string): string;
  /**
   * Runs a program, logs command and output to the step's log file, and kills it when the set-up is aborted.
   * @returns its stdout
   * @throws Error with the last lines of its output if the exit code is not 0
   */
  exec(command: string, args: readonly string[], options?: ExecOptions): Promise<string>;
  /** Shows one short line with the step's progress line, and logs it. */
  note(text: string): void;
  /** Aborted when the set-up is interrupted: for work that is not a program, such as a download. */
  readonly signal: AbortSignal;
}

/** How a step runs a program. */
export interface ExecOptions {
  /** Working folder. Default: the step's `work` folder. */
  readonly cwd?: string;
  /** Added to the clean environment of programs that download. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sent to stdin. Default: stdin is empty. */
  readonly input?: string;
  /** Told each line of output as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Why a step cannot be done, if only the user can change that: one line that says what is wrong, and one with the remedy. */
export class StepProblem extends Error {
  /** @param remedy what to do about it */
  public constructor(problem: string, remedy: string) {
    super(`${problem}\n${remedy}`);
  }
}

/** One thing that the toolchain makes or fetches, kept in the cache under a key of everything that decides it. */
export interface Step {
  /** Kebab case, unique, e.g. `etcd`. */
  readonly name: string;
  /** For the progress line, e.g. `etcd 3.6.5 from Go modules`. */
  readonly title: string;
  /** Names of the steps whose results this one reads. */
  readonly needs: readonly string[];
  /** Everything that decides the result (versions, text of scripts): hashed with the keys of `needs` into the step's key. */
  readonly inputs: readonly string[];
  /** `build` steps use all cores and run one at a time; `fetch` steps run beside them. */
  readonly weight: "build" | "fetch";
  /**
   * Makes the result in `context.out`.
   * @throws Error whose message is for the user
   */
  run(context: StepContext): Promise<void>;
  /**
   * Whether what the step made outside its result folder, such as an engine image, is still there. Default: true. Fast (< 50 ms).
   * @param resultFolder the step's final folder
   */
  isWhole?(resultFolder: string): Promise<boolean>;
}
