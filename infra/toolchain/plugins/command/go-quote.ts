const escapes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** Quotes text as Go's `%q` does (https://pkg.go.dev/strconv#Quote): the official provider shows commands that way. */
export function goQuote(text: string): string {
  const body = text.replace(/["\\]|[^\P{C}]|[^\P{Z} ]/gu, (character) => escapes[character] ?? codeEscape(character));
  return `"${body}"`;
}

function codeEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) {
    return `\\x${hex.padStart(2, "0")}`;
  }
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
