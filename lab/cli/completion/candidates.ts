import type { Command, Option } from "commander";
import { operandsOf, valuesOf, type Candidate } from "./values";

/** What the words so far leave open. */
interface Position {
  /** Words behind the verb that are neither options nor their values. */
  readonly operands: readonly string[];
  /** What they say of the stack. */
  readonly stack: string | undefined;
  /** The option whose value comes next. */
  readonly open: Option | undefined;
  /** What comes next is not ours: it stands behind `--`, or belongs to the command of `exec`. */
  readonly isForeign: boolean;
}

/**
 * What may come next on the command line. Asks files alone: it is called at every press of the tab key.
 * @param words all words so far, the last of which is not finished and may be empty
 * @returns nothing if the shell's own completion serves better: a file, or somebody else's command
 */
export async function candidates(program: Command, words: readonly string[]): Promise<readonly Candidate[]> {
  const last = words.at(-1) ?? "";
  if (words.length <= 1) {
    return starting(
      last,
      program.commands.map((command) => ({ word: command.name(), meaning: command.description() })),
    );
  }
  const verb = program.commands.find((command) => command.name() === words[0]);
  if (verb === undefined) {
    return [];
  }
  const { operands, stack, open, isForeign } = readPosition(verb, words.slice(1, -1));
  if (open !== undefined) {
    return starting(last, valuesOf(open.name()));
  }
  const [name, value] = splitOption(last);
  if (value !== undefined && !isForeign) {
    const option = findOption(verb, name);
    const values = option === undefined ? [] : valuesOf(option.name());
    return starting(
      last,
      values.map(({ word, meaning }) => ({ word: `${name}=${word}`, meaning })),
    );
  }
  if (last.startsWith("-")) {
    const options = verb.options.map(({ long = "", description }) => ({ word: long, meaning: description }));
    return starting(last, isForeign ? [] : options);
  }
  return starting(last, await operandsOf(verb.name(), operands, stack));
}

function starting(start: string, all: readonly Candidate[]): readonly Candidate[] {
  return all.filter(({ word }) => word.startsWith(start));
}

/** `--stack=de` is the option and the start of its value. */
function splitOption(word: string): readonly [string, string | undefined] {
  const split = word.startsWith("--") ? word.indexOf("=") : -1;
  return split === -1 ? [word, undefined] : [word.slice(0, split), word.slice(split + 1)];
}

function findOption(verb: Command, name: string): Option | undefined {
  return verb.options.find(({ long, short }) => name === long || name === short);
}

function readPosition(verb: Command, words: readonly string[]): Position {
  const operands: string[] = [];
  let stack: string | undefined;
  let open: Option | undefined;
  let isForeign = false;
  for (const word of words) {
    const [name, value] = splitOption(word);
    const option = isForeign ? undefined : findOption(verb, name);
    if (open !== undefined) {
      stack = open.name() === "stack" ? word : stack;
      open = undefined;
    } else if (option !== undefined) {
      stack = option.name() === "stack" ? (value ?? stack) : stack;
      open = option.isBoolean() || value !== undefined ? undefined : option;
    } else if (word === "--" && !isForeign) {
      isForeign = true;
    } else {
      operands.push(word);
      // The second word of `exec` is the command.
      isForeign ||= verb.name() === "exec" && operands.length > 1;
    }
  }
  return { operands, stack, open, isForeign };
}
