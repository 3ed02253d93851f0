import type { ApiClient } from "./api-client";
import { CancelledError } from "./api-error";
import type { Discovery } from "./discovery";
import { kindOf, nameOf, namespaceOf, textOf, type Manifest } from "./manifest";
import { collectionPath } from "./discovery";
import { objectKindOf } from "./object-kind";
import { troublesOf } from "./readiness/pod";
import type { CompanionQuery, Readiness, ReadinessRule } from "./readiness/readiness";
import type { StatusLine } from "./status-line";
import { watchObjects, type ObjectSet, type WatchScope } from "./watch";

/** The object is there, but not ready, and will not be waited for any longer. */
export class NotReadyError extends Error {
  /**
   * @param message what happened
   * @param live the object as it was last seen
   * @param reasons why it is not ready, as far as that is known
   */
  constructor(
    message: string,
    readonly live: Manifest,
    readonly reasons: readonly string[],
  ) {
    super(message);
  }
}

/** What a wait needs. */
export interface WaitContext {
  readonly client: ApiClient;
  readonly discovery: Discovery;
  readonly status: StatusLine;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until an object is ready, by watching it and what belongs to it.
 * @param created the object as the API server answered the write
 * @returns the object as it was when it became ready
 * @throws NotReadyError where it fails, time is up, or the user cancels
 */
export async function waitUntilReady(created: Manifest, rule: ReadinessRule, context: WaitContext): Promise<Manifest> {
  if (rule.assess({ live: created, companions: undefined, quietMilliseconds: 0 }).state === "ready") {
    return created;
  }
  return new ReadinessWait(created, rule, context).run();
}

/** One wait. Every event, of the object or of its companions, leads to one assessment. */
class ReadinessWait {
  private readonly stop = new AbortController();
  private live: Manifest;
  private companions: readonly Manifest[] | undefined;
  private companionsSince = Date.now();
  private settling: NodeJS.Timeout | undefined;
  private finish: (outcome: Manifest | Error) => void = () => undefined;

  constructor(
    created: Manifest,
    private readonly rule: ReadinessRule,
    private readonly context: WaitContext,
  ) {
    this.live = created;
  }

  async run(): Promise<Manifest> {
    const { signal, timeoutSeconds } = this.context;
    const outcome = new Promise<Manifest | Error>((resolve) => (this.finish = resolve));
    const deadline = setTimeout(
      () => this.giveUp(`'${nameOf(this.live)}' timed out waiting to be Ready`),
      timeoutSeconds * 1000,
    );
    const cancelled = (): void => this.giveUp(`Resource operation was cancelled for "${nameOf(this.live)}"`);
    signal.addEventListener("abort", cancelled);
    if (signal.aborted) {
      cancelled();
    }
    for (const watch of [this.watchSelf(), this.watchCompanions()]) {
      // Not awaited: whatever becomes of a watch, the deadline and the user's Ctrl-C hold.
      watch.catch((error: unknown) => this.fail(error));
    }
    try {
      const result = await outcome;
      if (result instanceof Error) {
        throw result;
      }
      return result;
    } finally {
      clearTimeout(deadline);
      clearTimeout(this.settling);
      signal.removeEventListener("abort", cancelled);
      this.stop.abort();
    }
  }

  private async watchSelf(): Promise<void> {
    const resource = await this.context.discovery.resourceOf(objectKindOf(this.live));
    const path = collectionPath(resource, namespaceOf(this.live));
    const uid = textOf(this.live, "metadata", "uid");
    for await (const objects of this.watch({ path, fieldSelector: `metadata.name=${nameOf(this.live)}` })) {
      const live = objects.get(uid);
      if (live === undefined) {
        this.giveUp(`'${nameOf(this.live)}' was deleted while it was waited for`);
        return;
      }
      this.live = live;
      this.assess();
    }
  }

  private async watchCompanions(): Promise<void> {
    const query = this.rule.companionsOf?.(this.live);
    if (query === undefined) {
      return;
    }
    for await (const objects of this.watch(await this.companionScope(query))) {
      this.companions = [...objects.values()];
      this.companionsSince = Date.now();
      this.assess();
    }
  }

  private async companionScope(query: CompanionQuery): Promise<WatchScope> {
    const resource = await this.context.discovery.resourceOf(query);
    return { path: collectionPath(resource, namespaceOf(this.live)), labelSelector: query.labelSelector };
  }

  private watch(scope: WatchScope): AsyncGenerator<ObjectSet> {
    return watchObjects(this.context.client, scope, this.stop.signal);
  }

  private assess(): void {
    const quietMilliseconds = Date.now() - this.companionsSince;
    const readiness = this.rule.assess({ live: this.live, companions: this.companions, quietMilliseconds });
    switch (readiness.state) {
      case "ready":
        this.finish(this.live);
        break;
      case "failed":
        this.finish(
          new NotReadyError(`'${nameOf(this.live)}' failed: ${readiness.message}`, this.live, this.reasons(readiness)),
        );
        break;
      case "waiting":
        this.report(readiness);
        clearTimeout(this.settling);
        if (readiness.settlesInMilliseconds !== undefined) {
          this.settling = setTimeout(() => this.assess(), readiness.settlesInMilliseconds + 1);
        }
    }
  }

  private report(readiness: Readiness): void {
    this.context.status.show(this.reasons(readiness).join("; "));
  }

  private giveUp(message: string): void {
    const quietMilliseconds = Date.now() - this.companionsSince;
    const readiness = this.rule.assess({ live: this.live, companions: this.companions, quietMilliseconds });
    this.finish(
      readiness.state === "ready" ? this.live : new NotReadyError(message, this.live, this.reasons(readiness)),
    );
  }

  private reasons(readiness: Readiness): string[] {
    const troubles = this.rule.companionsOnlyExplain === true ? troublesOf(this.companions ?? []) : [];
    return readiness.state === "ready" ? troubles : [readiness.message, ...troubles];
  }

  private fail(error: unknown): void {
    if (this.stop.signal.aborted && error instanceof CancelledError) {
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    this.finish(
      new NotReadyError(`${kindOf(this.live)} '${nameOf(this.live)}' could not be watched: ${message}`, this.live, [
        message,
      ]),
    );
  }
}
