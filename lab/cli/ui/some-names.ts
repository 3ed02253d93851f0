/**
 * The first of some names, and how many more there are: `a, b, c and 4 more`.
 * @param most how many are named
 */
export function someNames(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${String(names.length - most)} more` : "";
  return `${names.slice(0, most).join(", ")}${more}`;
}
