import type { Command } from "commander";
import { UserError } from "../ui/user-error";

/**
 * Has a verb refuse a second value for an option that takes one: the last would count, and the user may have meant the first.
 * Options that may be repeated have a parser of their own.
 */
export function refuseRepeated(verb: Command): void {
  for (const option of verb.options.filter(({ required, parseArg }) => required && parseArg === undefined)) {
    option.argParser((value: string, before: string | undefined) => {
      if (before !== undefined) {
        throw repeated(option.long ?? option.flags, before, value);
      }
      return value;
    });
  }
}

/** What the user is told of an option that is given twice. */
export function repeated(name: string, first: string, second: string): UserError {
  return new UserError(`${name}: given twice, "${first}" and "${second}"; give it once`, 2);
}
