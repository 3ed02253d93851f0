import { UserError } from "./user-error";

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

/** `ENOSPC: no space left on device, write '/a'` without its code and its call. */
export function reasonOf({ message }: Error): string {
  return /^[A-Z0-9]+: (.*?)(?:, \w+(?: '.*)?)?$/s.exec(message)?.[1] ?? message;
}
