import { accessTable, readOutputs } from "../access";
import { openSession } from "../session";
import { say, terminalOf } from "../terminal";

/** Options of verbs that show something of one stack. */
export interface ShowOptions {
  readonly stack?: string;
  readonly json?: boolean;
}

/** `inspect`: what stands where, and how to call it. */
export async function inspect(options: ShowOptions): Promise<void> {
  const outputs = await readOutputs(openSession(options.stack));
  say(options.json ? JSON.stringify(outputs, undefined, 2) : accessTable(outputs, terminalOf(process.stdout)));
}
