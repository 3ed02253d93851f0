import { shellWord } from "../../../infra/core/shell";
import { isLab } from "../../registry";
import { ownStacks } from "../pulumi/backend";
import type { Session } from "../pulumi/session";
import { DEFAULT_STACK } from "./stack-project";

/** What a command line needs to know of the stack that it names. */
export type CommandTarget = Pick<Session, "stack" | "qualifiedStack" | "backend">;

/**
 * The command to paste for a verb on a stack. It names the stack, so that it does the same whatever else exists by then; only while the
 * default stack stands alone the name is left out.
 * @param words what comes behind the verb, e.g. `["forum-vm"]`
 * @returns e.g. `npm run lab -- ssh --stack other forum-vm`
 */
export function labCommand(verb: string, target: CommandTarget, words: readonly string[] = []): string {
  const all = [...stackWords(target), ...words].map(shellWord);
  if (verb === "up") {
    return ["npm run up", ...(all.length === 0 ? [] : ["--", ...all])].join(" ");
  }
  return ["npm run lab --", verb, ...all].join(" ");
}

/** The command that builds a lab on a stack that does not exist: a stack of a lab's own name is that lab's. */
export function buildCommand(target: CommandTarget): string {
  return isLab(target.stack) && target.stack === target.qualifiedStack
    ? upCommand(target.stack, target.stack)
    : labCommand("up", target);
}

/**
 * The command that brings a lab up to date whose stack need not have the lab's name: without the stack's, `up` might build another one.
 * @param stack its name, qualified if it has an organization
 */
export function upCommand(lab: string, stack: string): string {
  return `npm run up -- ${shellWord(lab)} --stack ${shellWord(stack)}`;
}

function stackWords({ stack, qualifiedStack, backend }: CommandTarget): readonly string[] {
  const others = backend.ownFolder === undefined ? [] : ownStacks(backend.ownFolder).filter((name) => name !== stack);
  return qualifiedStack === DEFAULT_STACK && others.length === 0 ? [] : ["--stack", qualifiedStack];
}
