import shortages from "./shortages.json";

/**
 * What the machine, or a limit of the user's shell, has too little of: nothing is wrong with what was asked for.
 * @param error what Node has thrown, or handed to an `error` event
 * @returns what is short and what to do about it; undefined if it is something else
 */
export function shortageOf(error: unknown): string | undefined {
  const { code = "", syscall = "" } = Object(error) as Partial<NodeJS.ErrnoException>;
  // Of a file or a stream the same codes say something else.
  const known: Readonly<Record<string, string>> = syscall.startsWith("spawn")
    ? { ...shortages.anywhere, ...shortages.start }
    : shortages.anywhere;
  return Object.hasOwn(known, code) ? known[code] : undefined;
}
