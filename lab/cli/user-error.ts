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
