/**
 * Changes a text that a test starts from, e.g. a script or what a program printed.
 * @param from the part to change: its first occurrence as a string, every match as a global expression
 * @throws Error if the text has no such part: the test would go on with what it does not mean to try
 */
export function changed(text: string, from: string | RegExp, to: string): string {
  const made = text.replace(from, () => to);
  if (made === text) {
    throw new Error(
      `nothing to change: ${String(from)} does not occur in, or changes nothing of: ${text.slice(0, 200)}`,
    );
  }
  return made;
}
