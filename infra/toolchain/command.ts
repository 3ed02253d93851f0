import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Finds a program as a shell would.
 * @param searchPath value of PATH
 * @param ignored folder whose programs do not count: the toolchain's own
 * @returns its absolute path
 */
export function findProgram(
  name: string,
  searchPath = process.env["PATH"] ?? "",
  ignored?: string,
): string | undefined {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === "" || folder === ignored) continue;
    const file = join(folder, name);
    if (isExecutable(file) && !(ignored !== undefined && realpathSync(file).startsWith(join(ignored, "..") + "/")))
      return file;
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
