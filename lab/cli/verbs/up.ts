import { raiseInotifyLimits } from "../../../infra/core/workstation/inotify";
import { accessTable, composedOutputs } from "../stack/access";
import { assertMayWork, whileAlone, type Work } from "../stack/at-work";
import { buildLab, type BuiltLab } from "../update/build-lab";
import { assertReadableState, stateDependencies } from "../pulumi/checkpoint";
import { chooseStack, readSettings, type ChosenStack } from "../stack/chosen-lab";
import type { SummaryEvent } from "../pulumi/engine-events";
import { overruled } from "../stack/overruled";
import { assertSameLab, withHeldLab } from "../stack/lab-of-stack";
import { labCommand } from "../stack/lab-command";
import { tellOfScenario } from "../verify/scenario-left";
import { assertOwnName, openSession, type Session } from "../pulumi/session";
import { assertSameEngine } from "../stack/stack-engine";
import { configured, defaultLab } from "../stack/stack-project";
import { ensureUpdateTools } from "../stack/stack-tools";
import { elapsed, say, tell, terminalOf } from "../ui/terminal";
import { reportTimes } from "../ui/timings";
import { timesTable } from "../ui/timings-table";

/** Options of `up`. */
export interface UpOptions {
  readonly stack?: string;
  readonly config?: readonly string[];
  readonly json?: boolean;
  /** Have Pulumi ask the providers first what is there. */
  readonly refresh?: boolean;
  /** Do not ask before something is removed. */
  readonly yes?: boolean;
}

const WORK: Work = { verb: "up", undone: "nothing was changed" };

/**
 * `up`: builds a lab, or brings it up to date.
 * @param work how it is called while it has the stack for itself. Default: `up`
 */
export async function up(lab: string | undefined, options: UpOptions, work = WORK): Promise<void> {
  const started = Date.now();
  const given = readSettings(lab, options.config ?? []);
  const choice: ChosenStack = options.stack === undefined ? chooseStack(lab, given) : { stack: options.stack };
  const session = openSession(choice.stack, given, "update");
  assertOwnName(session);
  assertReadableState(session);
  assertMayWork(session, work);
  const overrides = withHeldLab(session, given);
  const wanted = configured(session.stack, "lab", overrides);
  assertSameLab(session, wanted ?? defaultLab());
  [...(choice.note === undefined ? [] : [choice.note]), ...overruled(session.stack, overrides)].forEach(tell);
  await ensureUpdateTools(session, overrides);
  await assertSameEngine(session);
  await raiseInotifyLimits(tell);
  const repeat = labCommand("up", session, [...(lab ? [lab] : []), ...configWords(options), "--yes"]);
  const { refresh = false, yes = false } = options;
  const built = await whileAlone(session, work, () => buildLab(session, { overrides, refresh, yes, repeat }));
  report(session, built, (Date.now() - started) / 1000, options.json === true);
  tellOfScenario(session);
}

function report(session: Session, { outputs, changes, clock }: BuiltLab, seconds: number, json: boolean): void {
  const times = reportTimes(clock.steps(), stateDependencies(session));
  if (json) {
    const composed = composedOutputs(outputs, session);
    say(JSON.stringify({ stack: session.stack, changes, seconds, times, outputs: composed }, undefined, 2));
    return;
  }
  const terminal = terminalOf(process.stdout);
  say(accessTable(outputs, session, terminal));
  say(`\n${timesTable(times, undefined, terminal.columns)}`);
  say(`${changesLine(changes)} in ${elapsed(seconds)}`);
}

function configWords({ config = [] }: UpOptions): readonly string[] {
  return config.flatMap((word) => ["-c", word]);
}

function changesLine(changes: SummaryEvent["resourceChanges"]): string {
  const { same = 0, ...changed } = changes;
  const parts = Object.entries(changed).map(([op, number]) => `${number} ${op}`);
  return parts.length === 0 ? `nothing to change, ${same} resources as they were` : `${parts.join(", ")}, ${same} same`;
}
