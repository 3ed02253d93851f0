import { readFileSync } from "node:fs";
import { join } from "node:path";

const SCRIPTS = join(__dirname, "..", "scripts");
const SHEBANG = /^#!.*\n/;
const INCLUDE = /^# shellcheck source=(\S+)\n(?:source|\.) .*\n/gm;

/**
 * The text of a script, with what it sources put in its place.
 * The text, not the path, goes into the stack: a changed script is a visible difference, and a delete runs from the
 * state even after the file has moved.
 * @param name file name, e.g. `kind-create.sh`
 * @param folder where it is. Default: `infra/scripts`
 * @throws Error if there is no such file
 */
export function script(name: string, folder: string = SCRIPTS): string {
  const text = readFileSync(join(folder, name), "utf8");
  return text.replace(INCLUDE, (_, source: string) => readFileSync(join(folder, source), "utf8").replace(SHEBANG, ""));
}
