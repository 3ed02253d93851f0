/** Whatever has a meaning of its own in a pattern. */
const SYNTAX = /[.*+?^${}()|[\]]|\\\w/;

/**
 * Says what a pattern asks for, for people: its text if it is plain text, e.g. `output "200"`, and else the pattern as it is.
 * Several lines are named one by one.
 */
export function describePattern(pattern: RegExp): string {
  const { source, multiline } = pattern;
  const [starts, ends] = [source.startsWith("^"), /(?<!\\)\$$/.test(source)];
  const lines = source.slice(starts ? 1 : 0, ends ? -1 : undefined).split("\\n");
  // Without the characters that are escaped, nothing may be left that has a meaning.
  if (lines.some((line) => SYNTAX.test(line.replaceAll(/\\\W/g, "")))) {
    return `output that matches ${String(pattern)}`;
  }
  const texts = lines.map((line) => `"${line.replaceAll(/\\(\W)/g, "$1")}"`);
  const what = texts.length === 1 ? texts.join("") : `the lines ${texts.join(", ")}`;
  return starts && ends && !multiline && texts.length === 1 ? `output ${what}` : `output with ${what}`;
}
