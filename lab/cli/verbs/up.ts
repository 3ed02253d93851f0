import { existsSync } from "node:fs";
import type { LabOutputs } from "../../outputs";
import { accessOutput, accessTable, readOutputs } from "../access";
import { checkpointFile, ensureBackend } from "../backend";
import { stateDependencies } from "../checkpoint";
import { wakingConfig } from "../cloud/power";
import { STACK_TYPE, type EngineEvent, type SummaryEvent } from "../engine-events";
import { clearInterrupted } from "../interrupted";
import { UpdateProgress } from "../progress";
import { runUpdate, type PulumiResult } from "../pulumi";
import { openSession, stackCommand, updateArguments, updateOptions, type Session } from "../session";
import { forgetStack, removeStackFiles } from "../stack-files";
import {
  configured,
  defaultLab,
  DEFAULT_STACK,
  keepOverrides,
  parseOverrides,
  writeStackConfig,
} from "../stack-project";
import { elapsed, say, terminalOf } from "../terminal";
import { reportTimes, StepClock } from "../timings";
import { timesTable } from "../timings-table";
import { ensureTools } from "../tools";
import { UserError } from "../user-error";

/** Options of `up`. */
export interface UpOptions {
  readonly stack?: string;
  readonly config?: readonly string[];
  readonly json?: boolean;
}

/** `up`: builds a lab, or brings it up to date. */
export async function up(lab: string | undefined, options: UpOptions): Promise<void> {
  const started = Date.now();
  if (lab !== undefined) {
    await assertKnown(lab);
  }
  const session = openSession(options.stack ?? stackOf(lab));
  const overrides = parseOverrides([...(lab ? [`lab=${lab}`] : []), ...(options.config ?? [])]);
  await ensureTools({ lab: configured(session.stack, "lab", overrides) });
  ensureBackend();
  writeStackConfig(session.stack, overrides);
  await clearInterrupted(session);
  const waking = await wakingConfig(session);
  const chosen = { ...overrides, ...waking };
  if (Object.keys(waking).length > 0) {
    writeStackConfig(session.stack, chosen);
  }
  const isNew = await ensureStack(session);

  const clock = new StepClock();
  const progress = new UpdateProgress(process.stderr, terminalOf(process.stderr));
  let outputs: LabOutputs | undefined;
  let summary: SummaryEvent | undefined;
  let hasBegun = false;
  const onEvent = (event: EngineEvent) => {
    clock.handle(event);
    progress.handle(event);
    summary = event.summaryEvent ?? summary;
    outputs = outputsOf(event) ?? outputs;
    hasBegun ||= changesSomething(event);
  };
  const result = await runUpdate(updateArguments(session, "up"), updateOptions(session), onEvent);
  progress.stop();
  const isRefused = result.exitCode !== 0 && !result.wasInterrupted && !hasBegun;
  if (!isRefused) {
    keepOverrides(session.stack, chosen);
  } else if (isNew) {
    // A stack that holds nothing but a refused configuration would look like a lab in `list`.
    await forgetStack(session, { force: true });
    removeStackFiles(session);
  }
  if (result.exitCode !== 0) {
    throw failure(session, result);
  }
  outputs ??= await readOutputs(session);
  const changes = summary?.resourceChanges ?? {};
  const seconds = (Date.now() - started) / 1000;
  const times = reportTimes(clock.steps(), stateDependencies(session));
  if (options.json) {
    say(JSON.stringify({ stack: session.stack, changes, seconds, times, outputs }, undefined, 2));
    return;
  }
  say(accessTable(outputs, terminalOf(process.stdout)));
  say(`\n${timesTable(times)}`);
  say(`${changesLine(changes)} in ${elapsed(seconds)}`);
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

/** A step that reaches the outside world begins; it counts from its start, since what fails half-way may have made something. */
function changesSomething({ resourcePreEvent }: EngineEvent): boolean {
  const step = resourcePreEvent?.metadata;
  return step !== undefined && step.op !== "same" && (step.new ?? step.old)?.custom === true;
}

function outputsOf({ resOutputsEvent }: EngineEvent): LabOutputs | undefined {
  const step = resOutputsEvent?.metadata;
  return step?.type === STACK_TYPE && step.new?.outputs ? accessOutput(step.new.outputs) : undefined;
}

function failure({ stack }: Session, { exitCode, stderr, wasInterrupted }: PulumiResult): UserError {
  if (wasInterrupted) {
    return new UserError(
      `stack ${stack}: stopped half-way; npm run up completes it, npm run lab -- destroy removes it`,
      exitCode,
    );
  }
  const said = stderr.trim();
  return new UserError(`${said && `${said}\n`}stack ${stack}: not built; the reason is above`, 1);
}

function changesLine(changes: SummaryEvent["resourceChanges"]): string {
  const { same = 0, ...changed } = changes;
  const parts = Object.entries(changed).map(([op, number]) => `${number} ${op}`);
  return parts.length === 0 ? `nothing to change, ${same} resources as they were` : `${parts.join(", ")}, ${same} same`;
}
