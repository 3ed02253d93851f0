import type { EngineLog } from "../rpc/engine-log";
import { InitializationError } from "../rpc/init-error";
import { containsUnknown } from "../rpc/property-tree";
import type { PropertyMap } from "../rpc/property-value";
import type { UpdateRequest } from "../rpc/provider";
import { annotationOf, annotations, isAnnotated, timeoutSecondsOf } from "./annotations";
import { isBusy, NoMatchError, UnreachableError } from "./api-error";
import { readCheckpoint, toManifest, writeCheckpoint } from "./checkpoint";
import type { ClusterAccess } from "./cluster-access";
import { explainConflict } from "./conflict";
import { hasEarlierManager, hasManagedFields, takeOverPatch, withoutIgnored } from "./managed-fields";
import { nameOf, objectId, textOf, withField, type Manifest } from "./manifest";
import { normalizeManifest } from "./normalize";
import { isResourceDefinition, objectKindOf } from "./object-kind";
import { newFieldManager } from "./object-name";
import { referenceOf } from "./object-store";
import { readinessRuleFor } from "./readiness/rules";
import { cannotBePreviewed } from "./resource-create";
import { retryTransient } from "./retry";
import { StatusLine } from "./status-line";
import { NotReadyError, waitUntilReady } from "./wait-until-ready";

/**
 * Brings an object to its new inputs and waits until it is of use; in a preview, asks the API server what it would be.
 * @returns what the state keeps
 * @throws InitializationError where it cannot be changed, or does not become ready, but is there
 */
export async function updateResource(
  request: UpdateRequest,
  access: ClusterAccess,
  log: EngineLog,
): Promise<PropertyMap> {
  const update = new ResourceUpdate(request, access, log);
  return request.preview ? update.preview() : update.run();
}

class ResourceUpdate {
  private readonly inputs: Manifest;
  private readonly before: ReturnType<typeof readCheckpoint>;
  private readonly fieldManager: string;
  private readonly status: StatusLine;

  constructor(
    private readonly request: UpdateRequest,
    private readonly access: ClusterAccess,
    log: EngineLog,
  ) {
    this.status = new StatusLine(log, request.urn);
    this.inputs = normalizeManifest(toManifest(request.news));
    this.before = readCheckpoint(request.state);
    this.fieldManager =
      annotationOf(this.inputs, annotations.patchFieldManager) || (this.before.fieldManager ?? newFieldManager());
  }

  async preview(): Promise<PropertyMap> {
    if (containsUnknown(this.request.news)) {
      return this.request.news;
    }
    try {
      return this.checkpoint(await this.write(true));
    } catch (error) {
      if (cannotBePreviewed(error)) {
        return this.request.news;
      }
      throw new Error(`update of resource "${this.request.urn}" failed: ${messageOf(error)}`);
    }
  }

  async run(): Promise<PropertyMap> {
    try {
      const { signal } = this.request;
      const onRetry = (attempt: number, error: Error): void =>
        this.status.show(`Retry #${String(attempt)}; update failed: ${error.message}`);
      const written = await retryTransient(() => this.write(false), { passes: isBusy, signal, onRetry });
      const live = await this.waitFor(written);
      this.status.clear();
      return this.checkpoint(live);
    } catch (error) {
      throw await this.explain(error);
    } finally {
      if (isResourceDefinition(objectKindOf(this.inputs))) {
        this.access.discovery.forgetGroup(textOf(this.inputs, "spec", "group"));
      }
    }
  }

  private async write(dryRun: boolean): Promise<Manifest> {
    const { store } = this.access;
    const { signal, ignoreChanges } = this.request;
    const options = { dryRun, signal, fieldManager: this.fieldManager };
    let live = await store.get(this.reference(), signal);
    if (isResourceDefinition(objectKindOf(this.inputs))) {
      const version = textOf(live, "metadata", "resourceVersion");
      return store.replace(withField(this.inputs, ["metadata", "resourceVersion"], version), options);
    }
    const patch = dryRun ? undefined : takeOverPatch(live, this.fieldManager);
    if (patch !== undefined) {
      live = await store.patch(this.reference(), patch, signal);
    }
    const manifest = withoutIgnored(this.inputs, live, ignoreChanges, this.fieldManager);
    return store.apply(manifest, this.force(live, dryRun), options).catch((error: unknown) => {
      throw explainConflict(error, this.fieldManager);
    });
  }

  private force(live: Manifest, dryRun: boolean): boolean {
    const asked = this.access.settings.enablePatchForce || isAnnotated(this.inputs, annotations.patchForce);
    // A dry run cannot take the fields over first, as the real run does.
    return asked || !hasManagedFields(live) || (dryRun && hasEarlierManager(live));
  }

  private waitFor(written: Manifest): Promise<Manifest> {
    const rule = readinessRuleFor(this.inputs);
    const { client, discovery } = this.access;
    const timeoutSeconds = timeoutSecondsOf(this.inputs, this.request.timeoutSeconds);
    return rule === undefined
      ? Promise.resolve(written)
      : waitUntilReady(written, rule, {
          client,
          discovery,
          status: this.status,
          timeoutSeconds,
          signal: this.request.signal,
        });
  }

  // A failed update leaves the object as it is now in the state, so that the next run tries again.
  private async explain(error: unknown): Promise<Error> {
    const { urn } = this.request;
    if (error instanceof UnreachableError) {
      return new Error(`configured Kubernetes cluster is unreachable: ${error.message}`);
    }
    if (error instanceof NoMatchError) {
      return new Error(
        `update of resource "${urn}" failed because the Kubernetes API server reported that the apiVersion for this ` +
          `resource does not exist. Verify that any required CRDs have been created: ${error.message}`,
      );
    }
    let live: Manifest;
    try {
      live =
        error instanceof NotReadyError
          ? error.live
          : await this.access.store.get(this.reference(), AbortSignal.timeout(10_000));
    } catch (readError) {
      return new Error(
        `update of resource "${urn}" failed: ${messageOf(error)}\nunable to get cluster state: ${messageOf(readError)}`,
      );
    }
    const message =
      `the Kubernetes API server reported that "${objectId(live)}" failed to fully initialize or become live: ` +
      messageOf(error);
    const reasons = [message, ...(error instanceof NotReadyError ? error.reasons : [])];
    return new InitializationError(message, { id: objectId(live), state: this.checkpoint(live), reasons });
  }

  private checkpoint(live: Manifest): PropertyMap {
    const { initialApiVersion } = this.before;
    const checkpoint = { inputs: this.inputs, live, initialApiVersion, fieldManager: this.fieldManager };
    return writeCheckpoint(checkpoint, this.request.news);
  }

  private reference(): ReturnType<typeof referenceOf> {
    return { ...referenceOf(this.inputs), name: nameOf(this.before.live) || nameOf(this.inputs) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
