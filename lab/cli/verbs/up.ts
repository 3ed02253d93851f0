import { existsSync } from "node:fs";
import { raiseInotifyLimits } from "../../../infra/core/workstation/inotify";
import { accessTable, composedOutputs, readOutputs } from "../access";
import { checkpointFile, ensureBackend } from "../backend";
import { assertReadableState, stateDependencies } from "../checkpoint";
import { wakingConfig } from "../cloud/power";
import type { SummaryEvent } from "../engine-events";
import { clearInterrupted } from "../interrupted";
import { lookBeforeUpdate } from "../look/before-update";
import { confirmLosses } from "../losses";
import { overruled } from "../overruled";
import { parseOverrides } from "../overrides";
import { ownNames } from "../own-names";
import { assertSameLab, withHeldLab } from "../lab-of-stack";
import { labCommand } from "../lab-command";
import { assertOwnName, openSession, stackCommand, type Session } from "../session";
import { assertSameEngine, noteEngine } from "../stack-engine";
import { forgetStack, removeStackFiles } from "../stack-files";
import { configured, defaultLab, DEFAULT_STACK, keepOverrides, writeStackConfig } from "../stack-project";
import { elapsed, say, tell, terminalOf } from "../terminal";
import { reportTimes } from "../timings";
import { timesTable } from "../timings-table";
import { ensureTools } from "../tools";
import { updateFailure, updateLab } from "../update";
import { UserError } from "../user-error";
import { assertNoVerify } from "../verify/unfinished";

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

/** `up`: builds a lab, or brings it up to date. */
export async function up(lab: string | undefined, options: UpOptions): Promise<void> {
  const started = Date.now();
  if (lab !== undefined) {
    await assertKnown(lab);
  }
  const given = parseOverrides([...(lab ? [`lab=${lab}`] : []), ...(options.config ?? [])]);
  const session = openSession(options.stack ?? stackOf(lab), given);
  assertOwnName(session);
  assertReadableState(session);
  assertNoVerify(session, "nothing was changed");
  const overrides = withHeldLab(session, given);
  const wanted = configured(session.stack, "lab", overrides);
  assertSameLab(session, wanted ?? defaultLab());
  overruled(session.stack, overrides).forEach(tell);
  await ensureTools({ lab: wanted });
  await assertSameEngine(session);
  await raiseInotifyLimits(tell);
  ensureBackend();
  writeStackConfig(session.stack, overrides);
  await clearInterrupted(session);
  const waking = await wakingConfig(session);
  const chosen = { ...overrides, ...waking };
  if (Object.keys(waking).length > 0) {
    writeStackConfig(session.stack, chosen);
  }
  const isNew = await ensureStack(session);

  if (configured(session.stack, "platform", chosen) !== "aws") {
    await noteEngine(session);
  }
  const missing = isNew ? [] : await lookBeforeUpdate(session);
  if (!isNew) {
    const repeat = labCommand("up", session, [...(lab ? [lab] : []), ...configWords(options), "--yes"]);
    await confirmLosses(session, { yes: options.yes === true, repeat });
  }
  // As soon as something is made by them: a lab that is half built is completed by the same settings, whatever ends this process.
  const onBegin = () => keepOverrides(session.stack, chosen);
  const update = await updateLab(session, { missing, refresh: options.refresh === true, onBegin });
  const { result, changes, hasBegun } = update;
  const isRefused = result.exitCode !== 0 && !result.wasInterrupted && !hasBegun;
  if (isRefused && isNew) {
    // A stack that holds nothing but a refused configuration would look like a lab in `list`.
    await forgetStack(session, { force: true });
    removeStackFiles(session, await ownNames(session, []));
  }
  if (result.exitCode !== 0) {
    throw updateFailure(session, result);
  }
  if (missing.some(({ isMesh }) => isMesh === true)) {
    tell(`Istio was installed anew, with another root certificate; ${labCommand("heal", session)} gives it to VMs`);
  }
  const outputs = update.outputs ?? (await readOutputs(session));
  const seconds = (Date.now() - started) / 1000;
  const times = reportTimes(update.clock.steps(), stateDependencies(session));
  if (options.json) {
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

/** Before a stack of that name is made; loading the labs' code takes a while, so only where a lab is named. */
async function assertKnown(lab: string): Promise<void> {
  const { LABS } = await import("../../config");
  if (!LABS.some((known) => known === lab)) {
    throw new UserError(`up: unknown lab "${lab}"; there is ${LABS.join(", ")}`);
  }
}

/** A lab other than the default stack's gets a stack of its own name. */
function stackOf(lab: string | undefined): string {
  return lab === undefined || lab === defaultLab() ? DEFAULT_STACK : lab;
}

/** @returns whether the stack is new */
async function ensureStack(session: Session): Promise<boolean> {
  const folder = session.backend.ownFolder;
  if (folder !== undefined && existsSync(checkpointFile(folder, session.stack))) {
    return false;
  }
  const made = await stackCommand(session, ["stack", "init", "--no-select"]);
  if (made.exitCode !== 0 && !made.stderr.includes("already exists")) {
    throw new UserError(`pulumi stack init: ${made.stderr.trim()}`);
  }
  return made.exitCode === 0;
}

function changesLine(changes: SummaryEvent["resourceChanges"]): string {
  const { same = 0, ...changed } = changes;
  const parts = Object.entries(changed).map(([op, number]) => `${number} ${op}`);
  return parts.length === 0 ? `nothing to change, ${same} resources as they were` : `${parts.join(", ")}, ${same} same`;
}
