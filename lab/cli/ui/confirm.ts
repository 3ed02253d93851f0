import { createInterface } from "node:readline/promises";
import { UserError } from "./user-error";

/** What a person is asked before something is removed. */
export interface Confirmation {
  /** What goes, a line each. */
  readonly what: readonly string[];
  /** The question, without the choice of answers. */
  readonly question: string;
  /** The user has said so already. */
  readonly yes: boolean;
  /** The command that does it without a question. */
  readonly repeat: string;
}

/** Where the question is asked; other streams in tests. */
export interface Dialogue {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Lists what goes and asks. The answer is read from a terminal only: an empty input, or a pipe that answers something else, must not destroy a lab.
 * @throws UserError with exit code 2 if nobody can be asked, with 1 if the answer is no
 */
export async function confirm(
  { what, question, yes, repeat }: Confirmation,
  { input, output }: Dialogue = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (yes) {
    return;
  }
  if (input.isTTY !== true || output.isTTY !== true) {
    throw new UserError(`${question} There is no terminal to ask on; to agree in advance: ${repeat}`, 2);
  }
  output.write(what.map((line) => `  - ${line}\n`).join(""));
  const dialogue = createInterface({ input, output, terminal: false });
  const abort = new AbortController();
  dialogue.on("close", () => abort.abort());
  let answer = "";
  try {
    answer = await dialogue.question(`${question} [y/N] `, { signal: abort.signal });
  } catch {
    // The terminal was closed, or Ctrl-D: that is no.
  } finally {
    dialogue.close();
  }
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new UserError("nothing was removed");
  }
}
