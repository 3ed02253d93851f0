import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Finds a program as a shell would.
 * @param searchPath value of PATH
 * @param ignored folder whose programs do not count, wherever below it they lie: the cache, with the tools of every toolchain
 * @returns its absolute path
 */
export function findProgram(
  name: string,
  searchPath = process.env["PATH"] ?? "",
  ignored?: string,
): string | undefined {
  for (const folder of searchPath.split(delimiter)) {
    const file = join(folder, name);
    const isIgnored = () =>
      ignored !== undefined && [file, realpathSync(file)].some((path) => path.startsWith(`${ignored}/`));
    if (folder !== "" && isExecutable(file) && !isIgnored()) {
      return file;
    }
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
