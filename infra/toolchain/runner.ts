import { setMaxListeners } from "node:events";
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import { shellWord } from "../core/shell";
import { makeOwnFolder, removeTree } from "./files";
import { acquireLock } from "../core/lock";
import { fullDiskLine } from "./full-disk";
import { endOrphans, runProgram } from "./program";
import { suspensionOf } from "../core/workstation/processes";
import { Progress, type ProgressOutput } from "./progress";
import { StepProblem, type Step, type StepContext } from "./step";
import { planSteps, type PlannedStep } from "./step-graph";
import { markUsed, removeUnused } from "./unused";

/** What a set-up runs with. */
export interface RunOptions {
  /** Absolute path of the cache folder. */
  readonly cache: string;
  readonly steps: readonly Step[];
  /** Where progress goes. Default: stderr. */
  readonly output?: ProgressOutput;
  /** Aborts the set-up: running programs are ended, finished steps stay. */
  readonly signal?: AbortSignal;
}

/** What a set-up made. */
export interface RunResult {
  /**
   * Final folder of a step.
   * @throws Error if there is no such step
   */
  folder(step: string): string;
  /** Seconds by step, of those that had to run, in order of their end. */
  readonly seconds: ReadonlyMap<string, number>;
}

/** A step failed: its message is for the user, whole. */
export class StepError extends Error {
  /** @param step the step's name */
  public constructor(
    message: string,
    public readonly step: string,
  ) {
    super(message);
  }
}

/**
 * Looks which steps are finished, without a lock and without changing anything.
 * @returns undefined if any is missing
 */
export async function findFinished(cache: string, steps: readonly Step[]): Promise<RunResult | undefined> {
  const plan = planSteps(steps);
  const there = await Promise.all(plan.map((planned) => isFinished(cache, planned)));
  if (!there.every(Boolean)) return undefined;
  markUsed(cache, plan);
  return resultOf(cache, plan, new Map());
}

/**
 * Brings every step's result into the cache. Finished steps are kept, at whatever moment an earlier run was killed:
 * a result is made in a folder of its own and renamed to its final place when it is whole.
 * @throws StepError if a step fails, and the signal's reason if the set-up is aborted
 */
export async function runSteps(options: RunOptions): Promise<RunResult> {
  const plan = planSteps(options.steps);
  const progress = new Progress(options.output ?? process.stderr);
  const abort = new AbortController();
  setMaxListeners(0, abort.signal); // programs and downloads of all steps that run at once
  const forward = (): void => abort.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener("abort", forward, { once: true });
  for (const folder of ["store", "partial", "work", "logs", "running"]) makeOwnFolder(join(options.cache, folder));
  const lock = await acquireLock(join(options.cache, "setup.lock"), {
    signal: abort.signal,
    onWait: (holder) =>
      progress.say(
        `another set-up runs (process ${String(holder.pid)}): ${suspensionOf(holder.pid) ?? "waiting for it to end"}, Ctrl-C to give up`,
      ),
  });
  try {
    endOrphans(join(options.cache, "running"));
    for (const left of readdirSync(join(options.cache, "partial"))) removeTree(join(options.cache, "partial", left));
    const result = await new Run(options, plan, progress, abort).all();
    markUsed(options.cache, plan);
    removeUnused(options.cache, plan);
    return result;
  } finally {
    progress.close();
    options.signal?.removeEventListener("abort", forward);
    lock.release();
  }
}

class Run {
  private readonly seconds = new Map<string, number>();
  private readonly ended = new Map<string, Promise<void>>();
  private readonly buildSlot = new Slots(1);
  private readonly fetchSlot = new Slots(3);

  public constructor(
    private readonly options: RunOptions,
    private readonly plan: readonly PlannedStep[],
    private readonly progress: Progress,
    private readonly abort: AbortController,
  ) {}

  public async all(): Promise<RunResult> {
    const there = await Promise.all(this.plan.map((planned) => isFinished(this.options.cache, planned)));
    const missing = this.plan.filter((_, index) => !there[index]);
    this.progress.expect(missing.length);
    if (missing.length > 0) this.progress.say(`${String(missing.length)} of ${String(this.plan.length)} steps to do`);
    for (const planned of this.plan) {
      this.ended.set(planned.step.name, missing.includes(planned) ? this.one(planned) : Promise.resolve());
    }
    const outcomes = await Promise.allSettled(this.ended.values());
    this.options.signal?.throwIfAborted();
    // The first failure aborts the others, whose rejections say no more than that.
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    const cause = failures.find((reason) => reason instanceof StepError) ?? failures[0];
    if (cause instanceof Error) throw cause;
    if (failures.length > 0) throw new Error(`the set-up stopped: ${String(cause)}`);
    return resultOf(this.options.cache, this.plan, this.seconds);
  }

  private async one(planned: PlannedStep): Promise<void> {
    const { step } = planned;
    // The plan lists needs first, so their promises are there.
    await Promise.all(step.needs.map((need) => this.ended.get(need) ?? Promise.resolve()));
    const slots = step.weight === "build" ? this.buildSlot : this.fetchSlot;
    await slots.take();
    try {
      this.abort.signal.throwIfAborted();
      await this.make(planned);
    } finally {
      slots.give();
    }
  }

  private async make(planned: PlannedStep): Promise<void> {
    const { step, folder } = planned;
    const { cache } = this.options;
    const out = join(cache, "partial", `${folder}.${String(process.pid)}`);
    const work = join(cache, "work", step.name);
    const logFile = join(cache, "logs", `${step.name}.log`);
    mkdirSync(out, { recursive: true, mode: 0o755 });
    makeOwnFolder(work);
    // A link in its place would have a file elsewhere overwritten.
    rmSync(logFile, { force: true });
    const log = createWriteStream(logFile, { mode: 0o600, flags: "wx" });
    const started = Date.now();
    this.progress.start(step.name, step.title);
    try {
      await step.run(this.contextOf(planned, out, work, log));
      this.abort.signal.throwIfAborted();
      const final = join(cache, "store", folder);
      if (existsSync(final)) renameSync(final, join(cache, "partial", `${folder}.replaced.${String(process.pid)}`));
      renameSync(out, final);
      removeTree(work);
      this.seconds.set(step.name, (Date.now() - started) / 1_000);
      this.progress.end(step.name, "done");
    } catch (error) {
      const aborted = this.abort.signal.aborted;
      this.progress.end(step.name, aborted ? "stopped" : "failed");
      if (aborted) throw error;
      const failure = new StepError(describe(step, error, logFile), step.name);
      log.write(`${(error as Error).stack ?? String(error)}\n`);
      this.abort.abort(failure);
      throw failure;
    } finally {
      log.end();
      await finished(log).catch(() => undefined);
      removeTree(out);
      removeTree(join(cache, "partial", `${folder}.replaced.${String(process.pid)}`));
    }
  }

  private contextOf(
    planned: PlannedStep,
    out: string,
    work: string,
    log: ReturnType<typeof createWriteStream>,
  ): StepContext {
    const { step } = planned;
    const { signal } = this.abort;
    const running = join(this.options.cache, "running");
    const results = resultOf(this.options.cache, this.plan, this.seconds);
    return {
      out,
      work,
      signal,
      result: (name) => {
        if (!step.needs.includes(name))
          throw new Error(`step "${step.name}" reads "${name}" without naming it in needs`);
        return results.folder(name);
      },
      exec: (command, args, options = {}) =>
        runProgram({ log, signal, running }, command, args, { cwd: work, ...options }),
      note: (text) => {
        log.write(`# ${text}\n`);
        this.progress.note(step.name, text);
      },
    };
  }
}

/** A counting semaphore, first come first served. */
class Slots {
  private readonly waiting: (() => void)[] = [];

  public constructor(private free: number) {}

  public async take(): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  public give(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}

async function isFinished(cache: string, { step, folder }: PlannedStep): Promise<boolean> {
  const final = join(cache, "store", folder);
  if (!existsSync(final)) return false;
  return step.isWhole ? await step.isWhole(final) : true;
}

function resultOf(cache: string, plan: readonly PlannedStep[], seconds: ReadonlyMap<string, number>): RunResult {
  return {
    seconds,
    folder: (name) => {
      const planned = plan.find(({ step }) => step.name === name);
      if (!planned) throw new Error(`there is no toolchain step "${name}"`);
      return join(cache, "store", planned.folder);
    },
  };
}

const GO_ON = "finished steps are kept; when the cause is repaired, continue with: npm run lab -- setup";

/** What only the user can change is said in three lines; of anything else the log may tell more. */
function describe(step: Step, error: unknown, logFile: string): string {
  const problem = error instanceof StepProblem ? error : fullDisk(error, logFile);
  if (problem !== undefined) {
    return [`${step.title}: ${problem.message}`, GO_ON].join("\n").replaceAll("\n", "\n  ");
  }
  const cause = error instanceof Error ? error.message : String(error);
  return [
    `${step.title}: failed`,
    ...cause.split("\n").map((line) => `  ${line}`),
    `  its whole log: ${logFile}`,
    `  ${GO_ON}`,
  ].join("\n");
}

function fullDisk(error: unknown, logFile: string): StepProblem | undefined {
  const line = fullDiskLine(error instanceof Error ? error.message : "");
  return line === undefined
    ? undefined
    : new StepProblem(
        `the disk is full: ${line}`,
        `make room where the cache is (df -h ${shellWord(dirname(dirname(logFile)))}) or where the engine keeps images (docker system df)`,
      );
}
