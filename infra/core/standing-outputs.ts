/** Variable by which the command line tells a preview what the stack's steps have printed: a JSON object, by the steps' names. */
export const STANDING_OUTPUTS = "ISTIO_LAB_STANDING_OUTPUTS";

/** The longest output that is handed on, in characters: it is what addresses and keys need, and all of them have to fit into a variable. */
const LONGEST = 2048;

/**
 * The value of that variable.
 * @param printed what each step has printed, by its name; what is no text is a secret, and left out
 */
export function standingOutputs(printed: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(printed).filter(([, text]) => typeof text === "string" && text.length <= LONGEST);
  return JSON.stringify(Object.fromEntries(texts));
}

/** What a step has printed, as the command line says; undefined if it does not. */
export function standingOutput(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const text = env[STANDING_OUTPUTS];
  return text === undefined ? undefined : (JSON.parse(text) as Readonly<Record<string, string | undefined>>)[name];
}

/** Whether it is the command line's preview, of a lab that exists. */
export function isOfTheCommandLine(env: NodeJS.ProcessEnv = process.env): boolean {
  return env[STANDING_OUTPUTS] !== undefined;
}
