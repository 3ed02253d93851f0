import type { LabOutputs } from "../../program/outputs";
import { accessOutput } from "../stack/access";
import { STACK_TYPE, type EngineEvent, type SummaryEvent } from "../pulumi/engine-events";
import { labCommand } from "../stack/lab-command";
import type { Missing } from "../look/missing";
import { UpdateProgress } from "../ui/progress";
import { INTERRUPTED, runUpdate, type PulumiResult } from "../pulumi/pulumi";
import { updateArguments, updateOptions, type Session } from "../pulumi/session";
import { noteSettled } from "./settled";
import { terminalOf } from "../ui/terminal";
import { StepClock } from "../ui/timings";
import { UserError } from "../ui/user-error";

/** What an update may be told. */
export interface UpdateOptions {
  /** What is gone, and is to be recreated. Default: nothing. */
  readonly missing?: readonly Missing[];
  /** Have Pulumi ask the providers first what is there. Default false. */
  readonly refresh?: boolean;
  /** Called once, when the program has accepted the configuration: with the first step that reaches the outside world, or at a good end. */
  readonly onBegin?: () => void;
}

/** How an update of a lab ended. */
export interface LabUpdate {
  readonly result: PulumiResult;
  /** Undefined if the program did not finish, or changed no output. */
  readonly outputs: LabOutputs | undefined;
  /** How many resources by operation, e.g. `{ create: 3, same: 40 }`. */
  readonly changes: SummaryEvent["resourceChanges"];
  readonly clock: StepClock;
  /** A step had begun that reaches the outside world; what fails before that has made nothing. */
  readonly hasBegun: boolean;
}

/** Runs `pulumi up` on a stack that is prepared for it, and shows its progress. */
export async function updateLab(
  session: Session,
  { missing = [], refresh, onBegin }: UpdateOptions = {},
): Promise<LabUpdate> {
  const clock = new StepClock();
  const progress = new UpdateProgress(process.stderr, terminalOf(process.stderr));
  let outputs: LabOutputs | undefined;
  let summary: SummaryEvent | undefined;
  const steps = { haveBegun: false };
  const onEvent = (event: EngineEvent) => {
    clock.handle(event);
    progress.handle(event);
    summary = event.summaryEvent ?? summary;
    outputs = outputsOf(event) ?? outputs;
    if (!steps.haveBegun && changesSomething(event)) {
      steps.haveBegun = true;
      onBegin?.();
    }
  };
  const words = [...updateArguments(session, "up"), ...replaceArguments(missing, refresh === true)];
  const result = await runUpdate(words, updateOptions(session), onEvent);
  progress.stop();
  if (!steps.haveBegun && (result.exitCode === 0 || result.wasInterrupted)) {
    onBegin?.();
  }
  if (steps.haveBegun || result.exitCode === 0) {
    noteSettled(session);
  }
  return { result, outputs, changes: summary?.resourceChanges ?? {}, clock, hasBegun: steps.haveBegun };
}

/** The words that recreate something. Pulumi refuses to replace what its refresh has just found to be gone. */
export function replaceArguments(missing: readonly Missing[], isRefreshed: boolean): readonly string[] {
  const left = missing.filter(({ isSeenByRefresh }) => !(isRefreshed && isSeenByRefresh === true));
  const urns = new Set(left.map(({ urn }) => urn));
  return [...[...urns].flatMap((urn) => ["--replace", urn]), ...(isRefreshed ? ["--refresh"] : [])];
}

/** What the user is told of an update that failed. */
export function updateFailure(session: Session, { stderr, wasInterrupted }: PulumiResult): UserError {
  const { stack } = session;
  if (wasInterrupted) {
    return new UserError(
      `stack ${stack}: interrupted; ${labCommand("up", session)} completes it, ${labCommand("destroy", session)} removes it`,
      INTERRUPTED,
    );
  }
  const said = [stderr.trim(), ...secretsHint(session, stderr)].filter(Boolean).join("\n");
  return new UserError(`${said && `${said}\n`}stack ${stack}: not built; the reason is above`);
}

/** Pulumi's words about secrets in the settings of a stack, and what is wrong with them: it does not say in which file it found them. */
const SECRETS = [
  {
    said: /secrets manager/,
    hint: (file: string) =>
      `the encryptionsalt or secretsprovider in ${file} does not fit the stack; remove those lines`,
  },
  {
    said: /message authentication failed|decrypt/,
    hint: (file: string) => `a secure: value in ${file} was encrypted for another stack; remove it`,
  },
] as const;

function secretsHint({ stack }: Session, stderr: string): readonly string[] {
  const found = SECRETS.find(({ said }) => said.test(stderr));
  return found === undefined ? [] : [found.hint(`Pulumi.${stack}.yaml of the checkout`)];
}

/** A step that reaches the outside world begins; it counts from its start, since what fails before its end may have made something. */
function changesSomething({ resourcePreEvent }: EngineEvent): boolean {
  const step = resourcePreEvent?.metadata;
  return step !== undefined && step.op !== "same" && (step.new ?? step.old)?.custom === true;
}

function outputsOf({ resOutputsEvent }: EngineEvent): LabOutputs | undefined {
  const step = resOutputsEvent?.metadata;
  return step?.type === STACK_TYPE && step.new?.outputs ? accessOutput(step.new.outputs) : undefined;
}
