import { folderProblem } from "../../../infra/core/folder-problem";
import { shortageOf } from "../../../infra/core/shortage";

/** An error of the user's world: its message is printed alone, without a stack trace. */
export class UserError extends Error {
  /**
   * @param message what is wrong, what was given, what would be right
   * @param exitCode what the command line exits with. Default 1
   * @param options what has thrown, as its cause
   */
  constructor(
    message: string,
    readonly exitCode = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "UserError";
  }
}

/** How the system refuses a file or folder that the user has named or owns: a missing right, a disk that is full or may not be written. */
const REFUSALS: readonly string[] = ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"];

/**
 * Tells errors of the user's world from faults of the program. What infra/ throws on purpose is a plain Error, written for the user as well;
 * what Node throws has a code or a name of its own.
 * @returns undefined for a fault
 */
export function asUserError(error: unknown): UserError | undefined {
  if (error instanceof UserError) {
    return error;
  }
  const { code = "", path } = error as Partial<NodeJS.ErrnoException>;
  const shortage = shortageOf(error);
  if (shortage !== undefined) {
    return new UserError([path, shortage].filter(Boolean).join(": "));
  }
  const problem = folderProblem(error);
  if (problem !== undefined) {
    return new UserError(problem);
  }
  if (error instanceof Error && path !== undefined && REFUSALS.includes(code)) {
    return new UserError(`${path}: cannot be used: ${reasonOf(error)}`);
  }
  const isPlain = error instanceof Error && error.name === "Error" && !("code" in error);
  return isPlain ? new UserError(error.message) : undefined;
}

/** `ENOSPC: no space left on device, write '/a'` without its code and its call; of what is short also what to do about it. */
export function reasonOf(error: Error): string {
  const { message } = error;
  return shortageOf(error) ?? /^[A-Z0-9]+: (.*?)(?:, \w+(?: '.*)?)?$/s.exec(message)?.[1] ?? message;
}
