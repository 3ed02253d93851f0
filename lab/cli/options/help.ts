import type { Environment } from "../../../infra/core/paths";
import { isStartedByNpm } from "./caller";

/** What no verb's own help says; up to 80 characters a line. */
export const MORE_HELP = `
Exit codes:
  0    success
  1    something failed or was refused; the reason is on stderr
  2    nothing was done, because one of these is true:
       - there is no lab, or it is half-built
       - another verb is at work on the stack
       - there is no terminal to ask on
       - it is not clear which stack is meant
       - no check has that name
       - an option was given twice, or npm kept it for itself
  3    verify and doctor: warnings only
  70   a fault of istio-lab itself; set ISTIO_LAB_DEBUG=1 to see where
  130  stopped by Ctrl-C, by kill or by the end of the terminal
  exec and ssh return the exit code of the program that they run, or 126 or 127
  if it cannot be started.

npm keeps options for itself unless -- precedes the verb:
  npm run lab -- verify --stack other
npm prints lines of its own on stdout. If a program reads the JSON, use -s:
  npm run -s lab -- list --json
To use the command lab in every folder, with completion (bash or zsh):
  eval "$(npm run -s lab -- completion bash)"`;

/**
 * What to add to the message about a wrong command. The value of an option -s that npm has kept for itself looks like a word too many.
 * @param words of the command line
 */
export function errorHint(env: Environment = process.env, words: readonly string[] = process.argv.slice(2)): string {
  const isSilent = isStartedByNpm(env) && env["npm_config_loglevel"] === "silent";
  const mayLack = words.length > 1 && !words.some((word) => word.startsWith("-"));
  return isSilent && mayLack
    ? "(--help says more; npm keeps -s for itself unless -- precedes it)"
    : "(--help says more)";
}
