import { base64 } from "../core/base64";
import { script } from "../core/script";
import { shellQuote } from "../core/shell";
import type { StepOutput } from "./step-output";

/** The longest text that Linux takes as one environment variable or one argument, in bytes (MAX_ARG_STRLEN). */
const LONGEST = 128 * 1024;

/**
 * Program and arguments in front of a script's name that start the script on this machine. The command provider prints the command of a
 * step that fails; with these in front of it the command is no more than the name of the script.
 */
export function localInterpreter(): string[] {
  return ["/bin/bash", "--norc", "-p", "-c", script("step-local.sh")];
}

/**
 * The variables that bring scripts to `localInterpreter`.
 * @param names files of `folder`
 * @param output what the first of them prints; undefined if nobody uses it
 * @param folder default: `infra/scripts`
 * @throws Error if a script is longer than a variable may be
 */
export function localVariables(
  names: readonly string[],
  output: StepOutput | undefined,
  folder?: string,
): Record<string, string> {
  const variableOf = (name: string) => `ISTIO_LAB_SCRIPT_${name.replace(/[^a-z0-9]/g, "_")}`;
  const texts = names.map((name) => [variableOf(name), script(name, folder)] as const);
  for (const [variable, text] of texts) {
    assertShort(variable, `${variable}=${text}`);
  }
  return {
    ...Object.fromEntries(texts),
    ...(output === undefined
      ? {}
      : { ISTIO_LAB_OUTPUT: output.pattern, ISTIO_LAB_OUTPUT_OF: names[0] ?? "", ISTIO_LAB_OUTPUT_IS: output.is }),
  };
}

/**
 * The command that runs a script on another machine as root, by the login user's sudo. Its text comes as the first line of standard input
 * (see `remoteInput`): sshd takes few variables, and the provider prints the command of a step that fails.
 * @param name the script's file, for messages
 */
export function remoteCommand(name: string): string {
  return `exec sudo -n bash --norc -pc 'read -r s && s=$(base64 -d <<<$s) && exec bash --norc -pc "$s" $0' ${name}`;
}

/**
 * Standard input of `remoteCommand`.
 * @param name file of `folder`
 * @param environment values for the script
 * @param payload what the script itself finds on its standard input
 * @param folder default: `infra/scripts`
 * @throws Error if the script with its values is longer than an argument may be
 */
export function remoteInput(
  name: string,
  environment: Readonly<Record<string, string>>,
  payload: string,
  folder?: string,
): string {
  const values = Object.entries(environment).map(([key, value]) => `export ${key}=${shellQuote(value)}\n`);
  const text = `${values.join("")}${script(name, folder)}`;
  assertShort(name, text);
  return `${base64(text)}\n${payload}`;
}

function assertShort(what: string, text: string): void {
  const bytes = Buffer.byteLength(text) + 1;
  if (bytes > LONGEST) {
    throw new Error(`${what}: ${bytes} bytes given; at most ${LONGEST} can be handed to a shell`);
  }
}
