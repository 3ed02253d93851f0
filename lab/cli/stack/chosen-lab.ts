import { isLab, LABS } from "../../registry";
import { backendOf, PROJECT } from "../pulumi/backend";
import { stackHolds } from "./lab-of-stack";
import { upCommand } from "./lab-command";
import { parseOverrides } from "../options/overrides";
import { onlyStack, openSession, stacksOf } from "../pulumi/session";
import { defaultLab, DEFAULT_STACK } from "./stack-project";
import { UserError } from "../ui/user-error";

const LAB_KEY = `${PROJECT}:lab`;

/** The stack that `up` works on. */
export interface ChosenStack {
  /** Undefined: the default stack, or the only one there is. */
  readonly stack: string | undefined;
  /** What the user has to know of the choice. */
  readonly note?: string;
}

/**
 * What the command line of `up` sets: the lab, and the settings of `-c`.
 * @param lab as it is named behind the verb
 * @param words of `-c`
 * @returns values by full key
 * @throws UserError if the lab is unknown; with exit code 2 if two words contradict each other
 */
export function readSettings(lab: string | undefined, words: readonly string[]): Readonly<Record<string, unknown>> {
  const settings = parseOverrides(words);
  const set = settings[LAB_KEY];
  if (lab !== undefined && set !== undefined && set !== lab) {
    throw new UserError(
      `up: the lab ${lab} is named, and -c lab=${asText(set)} says another one; write one of the two`,
      2,
    );
  }
  const wanted = lab ?? set;
  if (wanted === undefined || wanted === "") {
    return settings;
  }
  assertKnown(asText(wanted), lab === undefined ? "-c" : "up");
  return { ...settings, [LAB_KEY]: wanted };
}

/**
 * The stack of an `up` that names none: with a lab, the one that holds this lab, so that nobody gets two of a kind without asking for it; else one
 * of the lab's own name.
 * @param lab as it is named behind the verb
 * @param settings what the command line sets
 * @throws UserError with exit code 2 if several stacks hold the lab
 */
export function chooseStack(lab: string | undefined, settings: Readonly<Record<string, unknown>>): ChosenStack {
  const stacks = stacksOf(backendOf());
  if (lab === undefined && (stacks.includes(DEFAULT_STACK) || onlyStack(stacks) !== undefined)) {
    return { stack: undefined };
  }
  const wanted = lab ?? (asText(settings[LAB_KEY]) || defaultLab());
  const usual = lab === undefined || lab === defaultLab() ? DEFAULT_STACK : lab;
  if (wanted === undefined || stacks.length === 0) {
    return { stack: usual };
  }
  const holders = stacks.filter((stack) => stackHolds(openSession(stack), wanted));
  const [holder] = holders;
  if (holders.includes(usual) || (holder === undefined && stacks.includes(usual))) {
    return { stack: usual };
  }
  if (holder === undefined) {
    const note = `${wanted} becomes stack ${usual}, beside ${stacks.join(", ")}; another name: ${upCommand(wanted, "NAME")}`;
    return { stack: usual, note };
  }
  if (holders.length > 1) {
    const choices = holders.map((stack) => upCommand(wanted, stack)).join(", or ");
    throw new UserError(`up: ${wanted} is built as the stacks ${holders.join(" and ")}; choose one: ${choices}`, 2);
  }
  const another = upCommand(wanted, "NAME");
  return {
    stack: holder,
    note: `${wanted} is built as stack ${holder}, which is brought up to date; a second one: ${another}`,
  };
}

/** Before a stack is made. */
function assertKnown(lab: string, where: string): void {
  if (!isLab(lab)) {
    throw new UserError(`${where}: unknown lab "${lab}"; there is ${LABS.join(", ")}`);
  }
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}
