import { join } from "node:path";
import { shellWord } from "../../infra/core/shell";

/**
 * The line of bash that runs a script on this machine. Of the caller's shell the script gets no functions and no options (`-p`).
 * @param values its variables
 * @param folder where it is
 * @param words its arguments, as words for bash. Default: none
 */
export function scriptLine(
  name: string,
  values: Readonly<Record<string, string>>,
  folder: string,
  words: readonly string[] = [],
): string {
  const settings = Object.entries(values).map(([variable, value]) => `${variable}=${shellWord(value)}`);
  return [...settings, "bash -p", shellWord(join(folder, name)), ...words].join(" ");
}
