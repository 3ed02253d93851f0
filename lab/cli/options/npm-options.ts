import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command, Option } from "commander";
import type { Environment } from "../../../infra/core/paths";
import { shellWord } from "../../../infra/core/shell";
import { PROJECT_FOLDER } from "../pulumi/backend";
import { isStartedByNpm } from "./caller";
import { wordsOfNpm } from "./npm-call";
import { UserError } from "../ui/user-error";

/** Variables in which npm keeps its own settings of the name of one of our short options. */
const NPM_SHORT: Readonly<Record<string, string>> = { "-c": "call", "-y": "yes" };

/** Options that npm has, too: for a verb without them they mean npm. */
const NPM_OWN = ["--json", "--yes"];

/** Files of npm's settings, as npm tells them to its scripts. */
const RC_VARIABLES = ["npm_config_userconfig", "npm_config_globalconfig"];

/** An option that npm kept for itself. */
interface SwallowedOption {
  readonly option: Option;
  /** The option as it is to be written: short if npm took the short one. */
  readonly flag: string;
  /** The variable in which npm left it. */
  readonly variable: string;
  /** Undefined if npm took the option for a switch: then its value is among the words. */
  readonly value: string | undefined;
}

/**
 * Refuses a command whose options did not reach us: `npm run lab destroy --stack=other` starts us without the option, and leaves it in
 * `npm_config_stack`. Without this check the verb would work on another stack than the user named.
 * @param words the words that did reach us
 * @param typedWords the words that npm was called with, or undefined if they cannot be known. Then npm's variables tell, except for two
 * options: `--only`, an old option of npm's own that leaves none, and `--yes` of `up`, since `npm_config_yes=true` in the user's environment
 * looks the same, and an `up` without it only asks
 * @throws UserError with exit code 2 and the command as it should be written
 */
export function refuseSwallowedOptions(
  program: Command,
  words: readonly string[],
  env: Environment = process.env,
  cwd: string = process.cwd(),
  typedWords: () => readonly string[] | undefined = wordsOfNpm,
): void {
  if (!isStartedByNpm(env, cwd)) {
    return;
  }
  const typed = typedWords();
  const [name] = words;
  const verb = program.commands.find((command) => command.name() === name);
  const isMeantForUs = ({ long = "" }: Option) =>
    (typed !== undefined || long !== "--yes" || name !== "up") &&
    (!NPM_OWN.includes(long) || (verb?.options.some((option) => option.long === long) && !words.includes(long)));
  const swallowed = optionsOf(program)
    .filter(isMeantForUs)
    .flatMap((option) => findSwallowed(option, env, typed));
  if (swallowed.length > 0) {
    const line = spelledLine(swallowed, verb, words, env);
    throw new UserError(refusal(swallowed, line, typed !== undefined), 2);
  }
}

/** Every option of every verb, one of each name. */
export function optionsOf(program: Command): readonly Option[] {
  const all = program.commands.flatMap((command) => command.options);
  return [...new Map(all.map((option) => [option.long, option])).values()];
}

function findSwallowed(
  option: Option,
  env: Environment,
  typed: readonly string[] | undefined,
): readonly SwallowedOption[] {
  const ofShort = NPM_SHORT[option.short ?? ""];
  const keys = [option.name(), ...(ofShort === undefined || ofShort === option.name() ? [] : [ofShort])];
  return keys.flatMap((key) => {
    const variable = `npm_config_${key.replaceAll("-", "_")}`;
    const left = env[variable];
    const at = typed?.indexOf(`--${key}`) ?? -1;
    const isTyped = typed === undefined ? left !== undefined && !isInRcFile(key, left, env) : at !== -1;
    // npm writes "false" as an empty text. A value that npm does not take leaves no variable.
    const isGiven = option.isBoolean() ? left === "true" : left !== undefined || typed !== undefined;
    const value = left ?? valueAt(typed?.[at + 1]);
    const flag = key === option.name() ? (option.long ?? "") : (option.short ?? "");
    const kept = { option, flag, variable, value: value === "true" ? undefined : value };
    return isTyped && isGiven ? [kept] : [];
  });
}

const valueAt = (word: string | undefined) => (word?.startsWith("-") ? undefined : word);

/** A setting of the user's for npm itself is no option of ours; if the value is another one, the user has typed that. */
function isInRcFile(key: string, value: string, env: Environment): boolean {
  const files = [join(PROJECT_FOLDER, ".npmrc"), ...RC_VARIABLES.flatMap((name) => env[name] ?? [])];
  const line = new RegExp(`^\\s*${key}\\s*(?:=\\s*(.*?))?\\s*$`, "gm");
  return files
    .flatMap((file) => [...readOrEmpty(file).matchAll(line)])
    .some(([, set = "true"]) => set.replace(/^(["'])(.*)\1$/, "$2") === value);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function refusal(swallowed: readonly SwallowedOption[], line: string, isTyped: boolean): string {
  const names = [...new Set(swallowed.map(({ flag }) => flag))].join(", ");
  const variables = swallowed.map(({ variable }) => variable).join(", ");
  return [
    `npm kept ${names} for itself; put -- before the verb: ${line}`,
    ...(isTyped ? [] : [`(if you did not type it, your environment has ${variables}: unset it)`]),
  ].join("\n");
}

/** The command as it should be written, as far as it can be told: a value that npm left among the words of an argument is not known. */
function spelledLine(
  swallowed: readonly SwallowedOption[],
  verb: Command | undefined,
  words: readonly string[],
  env: Environment,
): string {
  const takesNone = verb?.registeredArguments.length === 0;
  const rest = words.slice(1);
  const spelled = swallowed.map(({ option, flag, value }) => {
    if (option.isBoolean()) {
      return flag;
    }
    const known = value ?? (takesNone ? rest.shift() : undefined);
    return `${flag}${flag === option.short ? " " : "="}${known === undefined ? "…" : shellWord(known)}`;
  });
  const isKnown = takesNone || swallowed.every(({ option, value }) => option.isBoolean() || value !== undefined);
  const script = env["npm_lifecycle_event"] ?? "lab";
  // `npm run up` has its verb in the script; `npm run lab` has it among the words.
  const typed = [...(script === "lab" ? words.slice(0, 1) : []), ...spelled, ...(isKnown ? rest : ["…"])];
  return `npm run ${script} -- ${typed.join(" ")}`;
}
