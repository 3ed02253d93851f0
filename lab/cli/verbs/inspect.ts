import { accessTable, composedOutputs, readOutputs } from "../stack/access";
import { openSession } from "../pulumi/session";
import { tellOfScenario } from "../verify/scenario-left";
import { say, terminalOf } from "../ui/terminal";

/** Options of verbs that show something of one stack. */
export interface ShowOptions {
  readonly stack?: string;
  readonly json?: boolean;
}

/** `inspect`: what is where, and how to call it. */
export async function inspect(options: ShowOptions): Promise<void> {
  const session = openSession(options.stack);
  const outputs = await readOutputs(session);
  tellOfScenario(session);
  say(
    options.json
      ? JSON.stringify(composedOutputs(outputs, session), undefined, 2)
      : accessTable(outputs, session, terminalOf(process.stdout)),
  );
}
