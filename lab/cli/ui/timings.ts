import { resourceName, type EngineEvent } from "../pulumi/engine-events";

/** One step of an update, in milliseconds since the update began. */
export interface StepTime {
  readonly urn: string;
  readonly op: string;
  readonly start: number;
  readonly end: number;
}

/** URNs that a resource waits for, by its URN. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** Where the time of an update went; all in milliseconds. */
export interface TimeReport {
  /** From the first step's start to the last one's end. */
  readonly wall: number;
  /** All steps one after another. */
  readonly sum: number;
  /** The longest first. */
  readonly longest: readonly StepTime[];
  /** The chain of steps that decided the wall time, first to last. */
  readonly criticalPath: readonly StepTime[];
}

/** Collects the times of an update's steps from its events. */
export class StepClock {
  private readonly started = new Map<string, number>();
  private readonly done: StepTime[] = [];

  /** @param now the clock, in milliseconds; another one in tests */
  constructor(private readonly now: () => number = Date.now) {}

  /** Takes the engine's next event. */
  handle(event: EngineEvent): void {
    const before = event.resourcePreEvent?.metadata;
    if (before) {
      this.started.set(`${before.op} ${before.urn}`, this.now());
    }
    const after = event.resOutputsEvent?.metadata ?? event.resOpFailedEvent?.metadata;
    if (!after || after.op === "same" || (after.new ?? after.old)?.custom !== true) {
      return;
    }
    const end = this.now();
    const start = this.started.get(`${after.op} ${after.urn}`) ?? end;
    this.done.push({ urn: after.urn, op: after.op, start, end });
  }

  /** The steps that have ended so far. */
  steps(): readonly StepTime[] {
    return this.done;
  }
}

/**
 * Says where the time of an update went.
 * @param dependencies what each resource waits for; a component among them stands for its children
 */
export function reportTimes(steps: readonly StepTime[], dependencies: Dependencies): TimeReport {
  const duration = ({ start, end }: StepTime) => end - start;
  const starts = steps.map(({ start }) => start);
  const ends = steps.map(({ end }) => end);
  return {
    wall: steps.length === 0 ? 0 : Math.max(...ends) - Math.min(...starts),
    sum: steps.reduce((total, step) => total + duration(step), 0),
    longest: [...steps].sort((one, other) => duration(other) - duration(one)),
    criticalPath: criticalPath(steps, dependencies),
  };
}

/** From the step that ended last back to the first, each time to what it waited for longest. */
function criticalPath(steps: readonly StepTime[], dependencies: Dependencies): readonly StepTime[] {
  const byUrn = new Map(steps.map((step) => [step.urn, step]));
  const latest = (candidates: readonly StepTime[]) =>
    candidates.reduce<StepTime | undefined>((last, step) => (last && last.end >= step.end ? last : step), undefined);
  const path: StepTime[] = [];
  let step = latest(steps);
  while (step && !path.includes(step)) {
    path.unshift(step);
    step = latest(waitedFor(step.urn, byUrn, dependencies));
  }
  return path;
}

/** The timed steps that a resource waits for, through resources that took no time. */
function waitedFor(
  urn: string,
  byUrn: ReadonlyMap<string, StepTime>,
  dependencies: Dependencies,
  seen = new Set<string>(),
): readonly StepTime[] {
  return (dependencies.get(urn) ?? []).flatMap((dependency) => {
    if (seen.has(dependency)) {
      return [];
    }
    seen.add(dependency);
    const step = byUrn.get(dependency);
    return step ? [step] : waitedFor(dependency, byUrn, dependencies, seen);
  });
}

/** A line for people: `k3s-s-create 14.2 s`. */
export function stepLine({ urn, start, end }: StepTime): readonly [string, string] {
  return [resourceName(urn), `${((end - start) / 1000).toFixed(1)} s`];
}
