import { PROJECT } from "../pulumi/backend";
import { repeated } from "./repeated-options";
import { UserError } from "../ui/user-error";

/**
 * Reads the words of `-c key=value`.
 * @returns values by full key; JSON objects and lists as such, everything else as text
 * @throws UserError if a word has no `=`; with exit code 2 if a key is given two values
 */
export function parseOverrides(words: readonly string[]): Readonly<Record<string, unknown>> {
  const texts = new Map<string, string>();
  for (const [key, text] of words.map(splitWord)) {
    const before = texts.get(key);
    if (before !== undefined && before !== text) {
      throw repeated(`-c ${key.replace(`${PROJECT}:`, "")}`, before, text);
    }
    texts.set(key, text);
  }
  return Object.fromEntries([...texts].map(([key, text]) => [key, parseValue(text)]));
}

/** @returns full key and value */
function splitWord(word: string): readonly [string, string] {
  const split = word.indexOf("=");
  if (split < 1) {
    throw new UserError(`-c: "${word}" given, key=value wanted, e.g. -c portBase=31000`);
  }
  const key = word.slice(0, split);
  return [key.includes(":") ? key : `${PROJECT}:${key}`, word.slice(split + 1)];
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
