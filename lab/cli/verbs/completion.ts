import type { Command } from "commander";
import { candidates } from "../completion/candidates";
import { joinAssignments } from "../completion/bash-words";
import { completionScript, SHELLS } from "../completion/scripts";
import { say } from "../ui/terminal";
import { UserError } from "../ui/user-error";

/**
 * `completion bash|zsh`: prints the script that a shell evaluates; with words, prints what may come next, one candidate a line with its
 * meaning behind a tab. The script asks for it at every press of the tab key.
 * @throws UserError if the shell is not known
 */
export async function completion(name: string, words: readonly string[], program: Command): Promise<void> {
  const shell = SHELLS.find((known) => known === name);
  if (shell === undefined) {
    throw new UserError(`completion: "${name}" given; there is one for ${SHELLS.join(" and ")}`);
  }
  if (words.length === 0) {
    say(completionScript(shell).trimEnd());
    return;
  }
  const typed = words[0] === "--" ? words.slice(1) : words;
  const { joined, hidden } = shell === "bash" ? joinAssignments(typed) : { joined: typed, hidden: "" };
  for (const { word, meaning } of await candidates(program, joined)) {
    say(`${word.slice(hidden.length)}\t${meaning}`);
  }
}
