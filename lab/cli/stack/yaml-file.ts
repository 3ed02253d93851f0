import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { writeWhole } from "../../../infra/core/whole-file";
import { onFile } from "../ui/file-error";
import { UserError } from "../ui/user-error";

/**
 * Reads a YAML file of settings by name; one that is not there holds nothing.
 * @param remedy what to do about a file that is damaged. Default: correct it
 * @throws UserError that names the file, if it is not YAML, holds something else or cannot be read
 */
export function readYaml(file: string, remedy = "correct it"): Record<string, unknown> {
  if (!existsSync(file)) {
    return {};
  }
  const text = onFile(file, "read", () => readFileSync(file, "utf8"));
  let content: unknown;
  try {
    content = parse(text) ?? {};
  } catch (error) {
    // The parser shows the place on further lines.
    const [problem = ""] = (error as Error).message.split("\n");
    throw new UserError(`${file}: not YAML: ${problem.replace(/:$/, "")}; ${remedy}`);
  }
  if (!isSettings(content)) {
    throw new UserError(`${file}: holds ${describe(content)}, and settings by name are wanted; ${remedy}`);
  }
  return content;
}

/** Settings by name, and no list or text. */
export function isSettings(content: unknown): content is Record<string, unknown> {
  return typeof content === "object" && content !== null && !Array.isArray(content);
}

function describe(content: unknown): string {
  return Array.isArray(content) ? "a list" : `the text ${JSON.stringify(String(content).slice(0, 40))}`;
}

/**
 * Writes a file, for its owner alone, if it does not say the same already; whole or not at all.
 * @throws UserError that names the file, if it cannot be written
 */
export function writeChanged(file: string, text: string): void {
  onFile(file, "written", () => {
    if (existsSync(file) && readFileSync(file, "utf8") === text) {
      return;
    }
    writeWhole(file, text);
  });
}
