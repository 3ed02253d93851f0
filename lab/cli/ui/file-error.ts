import { reasonOf, UserError } from "./user-error";

/**
 * Does something with a file or folder.
 * @param doing for the message, e.g. `read`, `written`, `removed`
 * @throws UserError that names the file, if the system refuses: a full disk, a missing right, a folder in place of a file
 */
export function onFile<T>(file: string, doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw isSystemError(error)
      ? new UserError(`${file}: cannot be ${doing}: ${reasonOf(error)}`, 1, { cause: error })
      : error;
  }
}

/** What says that there is no room for a file, or that nothing may be written at all. */
const UNWRITABLE: readonly unknown[] = ["ENOSPC", "EDQUOT", "EROFS"];

/**
 * Why nothing can be written: the disk is full, a quota is used up, the file system is read-only.
 * @param error what a write has thrown, also in other words
 * @returns undefined if it is something else
 */
export function unwritable(error: unknown): string | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  return UNWRITABLE.includes((error as NodeJS.ErrnoException).code) ? reasonOf(error) : unwritable(error.cause);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
