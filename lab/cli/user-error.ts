/** An error of the user's world: its message is printed alone, without a stack trace. */
export class UserError extends Error {
  /**
   * @param message what is wrong, what was given, what would be right
   * @param exitCode what the command line exits with. Default 1
   */
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
    this.name = "UserError";
  }
}

/**
 * Tells errors of the user's world from faults of the program. What infra/ throws on purpose is a plain Error, written for the user as well;
 * what Node throws has a code or a name of its own.
 * @returns undefined for a fault
 */
export function asUserError(error: unknown): UserError | undefined {
  if (error instanceof UserError) {
    return error;
  }
  const isPlain = error instanceof Error && error.name === "Error" && !("code" in error);
  return isPlain ? new UserError(error.message) : undefined;
}
