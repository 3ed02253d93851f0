import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Copies a program that knows its version as one of another version: a second link would take minutes if nothing is compiled yet.
 * @param from the version that it has
 * @param to the version that the copy has, as long as the other
 * @throws Error if the program does not know its version
 */
export function stampProgram(program: string, copy: string, from: string, to: string): void {
  if (from.length !== to.length) throw new Error(`stamp: "${to}" given, a text as long as "${from}" wanted`);
  const bytes = readFileSync(program);
  let count = 0;
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) {
    count += bytes.write(to, at) > 0 ? 1 : 0;
  }
  if (count === 0) throw new Error(`stamp: ${program} does not hold "${from}"`);
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, bytes);
  chmodSync(copy, 0o755);
}
