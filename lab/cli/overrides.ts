import { PROJECT } from "./backend";
import { UserError } from "./user-error";

/**
 * Reads the words of `-c key=value`.
 * @returns values by full key; JSON objects and lists as such, everything else as text
 * @throws UserError where a word has no `=`
 */
export function parseOverrides(words: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    words.map((word) => {
      const split = word.indexOf("=");
      if (split < 1) {
        throw new UserError(`-c: "${word}" given, key=value wanted, e.g. -c portBase=31000`);
      }
      const key = word.slice(0, split);
      return [key.includes(":") ? key : `${PROJECT}:${key}`, parseValue(word.slice(split + 1))] as const;
    }),
  );
}

function parseValue(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) {
    return text;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
