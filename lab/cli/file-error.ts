import { reasonOf, UserError } from "./user-error";

/**
 * Does something with a file or folder.
 * @param doing for the message, e.g. `read`, `written`, `removed`
 * @throws UserError that names the file, if the system refuses: a full disk, a missing right, a folder in the place of a file
 */
export function onFile<T>(file: string, doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw isSystemError(error) ? new UserError(`${file}: cannot be ${doing}: ${reasonOf(error)}`) : error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
