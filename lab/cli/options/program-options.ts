import { type Command, InvalidArgumentError } from "commander";

/** A word for `-c`, refused here so that the message comes before anything is done. */
export function configWord(word: string, words: readonly string[] = []): readonly string[] {
  if (!/^[^=]+=/.test(word)) {
    throw new InvalidArgumentError(`"${word}" given, key=value wanted, e.g. -c portBase=31000`);
  }
  return [...words, word];
}

/** The stack that a verb works on. */
export const withStack = (command: Command): Command =>
  command.option("-s, --stack <name>", 'the stack. Default: "dev", or the only one there is');

/** The lab that a verb without a stack speaks of. */
export const withLab = (command: Command): Command =>
  command
    .option("--lab <name>", 'the lab. Default: what Pulumi.dev.yaml says, "vm" as shipped')
    .option("--versions <set>", "the version set: auto, book, current, registry, or one of your own");

/** Output for programs. */
export const withJson = (command: Command): Command => command.option("--json", "print JSON for a program to read");
