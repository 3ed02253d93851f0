import { readOutputs } from "../stack/access";
import { assertMayWork, whileAlone } from "../stack/at-work";
import { healLab, healSummary } from "../heal/heal-lab";
import { healStack } from "../heal/heal-stack";
import { openSession } from "../pulumi/session";
import { assertSameEngine } from "../stack/stack-engine";
import { elapsed, say, terminalOf } from "../ui/terminal";
import { describeResult } from "../verify/result-lines";
import type { ShowOptions } from "./inspect";

const WORK = { verb: "heal", undone: "nothing was repaired" } as const;

/** `heal`: repairs a lab after a restart; exit 0 everything holds, 1 something could not be repaired, 2 there is no lab. */
export async function heal(options: ShowOptions): Promise<void> {
  const started = Date.now();
  const session = openSession(options.stack);
  assertMayWork(session, WORK);
  const outputs = await readOutputs(session);
  await assertSameEngine(session);
  const report = await whileAlone(session, WORK, () => healStack(session, outputs, healLab));
  const seconds = (Date.now() - started) / 1000;
  process.exitCode = report.failed.length > 0 ? 1 : 0;
  if (options.json) {
    say(JSON.stringify({ stack: session.stack, lab: outputs.lab, seconds, ...report }, undefined, 2));
    return;
  }
  for (const failure of report.failed) {
    say(describeResult(failure, terminalOf(process.stdout)));
  }
  say(`${healSummary(report)} (${elapsed(seconds)})`);
}
