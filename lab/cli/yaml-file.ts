import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import { UserError } from "./user-error";

/**
 * Reads a YAML file; one that is not there holds nothing.
 * @throws UserError where it is not YAML
 */
export function readYaml(file: string): Record<string, unknown> {
  if (!existsSync(file)) {
    return {};
  }
  try {
    return (parse(readFileSync(file, "utf8")) ?? {}) as Record<string, unknown>;
  } catch (error) {
    throw new UserError(`${file}: not YAML: ${(error as Error).message}`);
  }
}

/** Writes a file, for its owner alone, where it does not say the same already; whole or not at all. */
export function writeChanged(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) {
    return;
  }
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, text, { mode: 0o600 });
  renameSync(partial, file);
}
