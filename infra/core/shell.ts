/** Quotes a value for a POSIX shell: nothing in it is ever interpreted. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A word of a line that people paste: quoted only if a shell would take it apart or read something into it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : shellQuote(text);
}

/**
 * A script with its values in front, for a shell that takes no environment from outside, run as root.
 * sshd accepts only the variables that it is told to, so they travel in the text: none of them may be secret.
 */
export function asRoot(text: string, environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(([key, value]) => `export ${key}=${shellQuote(value)}`);
  return `exec sudo -n bash -c ${shellQuote([...lines, text].join("\n"))}`;
}
