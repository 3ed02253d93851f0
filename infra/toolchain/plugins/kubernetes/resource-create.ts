import { containsUnknown } from "../rpc/property-tree";
import type { EngineLog } from "../rpc/engine-log";
import { InitializationError } from "../rpc/init-error";
import type { CreateRequest, CreateResult } from "../rpc/provider";
import { annotationOf, annotations, isAnnotated, timeoutSecondsOf } from "./annotations";
import {
  ApiError,
  isAlreadyExists,
  isNotFound,
  isTooEarly,
  isWebhookNotReady,
  NoMatchError,
  UnreachableError,
} from "./api-error";
import { explainConflict } from "./conflict";
import { toManifest, writeCheckpoint } from "./checkpoint";
import type { ClusterAccess } from "./cluster-access";
import { creatingManager } from "./managed-fields";
import { apiVersionOf, kindOf, nameOf, objectId, textOf, withoutField, type Manifest } from "./manifest";
import { isResourceDefinition, objectKindOf } from "./object-kind";
import { newFieldManager } from "./object-name";
import { readinessRuleFor } from "./readiness/rules";
import { retryTransient } from "./retry";
import { StatusLine } from "./status-line";
import { NotReadyError, waitUntilReady } from "./wait-until-ready";

/**
 * Makes an object and waits until it is of use; in a preview, asks the API server what it would be.
 * @throws InitializationError where it was made but does not become ready
 * @throws Error where it cannot be made
 */
export async function createResource(
  request: CreateRequest,
  access: ClusterAccess,
  log: EngineLog,
): Promise<CreateResult> {
  const inputs = toManifest(request.inputs);
  if (request.preview) {
    return previewCreate(request, inputs, access);
  }
  const fieldManager = annotationOf(inputs, annotations.patchFieldManager) || newFieldManager();
  const checkpointOf = (live: Manifest): CreateResult => ({
    id: objectId(live),
    state: writeCheckpoint({ inputs, live, initialApiVersion: apiVersionOf(inputs), fieldManager }, request.inputs),
  });
  const status = new StatusLine(log, request.urn);
  const created = await writeWithRetries(request, inputs, fieldManager, access, status);
  try {
    const rule = readinessRuleFor(inputs);
    const { client, discovery } = access;
    const timeoutSeconds = timeoutSecondsOf(inputs, request.timeoutSeconds);
    const context = { client, discovery, status, timeoutSeconds, signal: request.signal };
    const live = rule === undefined ? created : await waitUntilReady(created, rule, context);
    status.clear();
    return checkpointOf(live);
  } catch (error) {
    const live = error instanceof NotReadyError ? error.live : created;
    const message =
      `resource "${request.urn}" was successfully created, but the Kubernetes API server reported that it failed to ` +
      `fully initialize or become live: ${messageOf(error)}`;
    const reasons = [message, ...(error instanceof NotReadyError ? error.reasons : [])];
    throw new InitializationError(message, { ...checkpointOf(live), reasons });
  } finally {
    if (isResourceDefinition(objectKindOf(inputs))) {
      access.discovery.forgetGroup(textOf(inputs, "spec", "group"));
    }
  }
}

async function writeWithRetries(
  request: CreateRequest,
  inputs: Manifest,
  fieldManager: string,
  access: ClusterAccess,
  status: StatusLine,
): Promise<Manifest> {
  try {
    return await retryTransient(() => write(inputs, fieldManager, access, { dryRun: false, signal: request.signal }), {
      passes: isTooEarly,
      signal: request.signal,
      onRetry: (attempt, error) => status.show(`Retry #${String(attempt)}; creation failed: ${error.message}`),
    });
  } catch (error) {
    throw new Error(explainFailure(error, request.urn, inputs));
  }
}

function write(
  inputs: Manifest,
  fieldManager: string,
  { store, settings }: ClusterAccess,
  { dryRun, signal }: { dryRun: boolean; signal: AbortSignal },
): Promise<Manifest> {
  if (!settings.upsertExistingObjects) {
    return store.create(inputs, { fieldManager: creatingManager, dryRun, signal });
  }
  const force = dryRun || settings.enablePatchForce || isAnnotated(inputs, annotations.patchForce);
  return store.apply(inputs, force, { fieldManager, dryRun, signal }).catch((error: unknown) => {
    throw explainConflict(error, fieldManager);
  });
}

async function previewCreate(request: CreateRequest, inputs: Manifest, access: ClusterAccess): Promise<CreateResult> {
  const asGiven = { id: "", state: request.inputs };
  if (containsUnknown(request.inputs)) {
    return asGiven;
  }
  const fieldManager = annotationOf(inputs, annotations.patchFieldManager) || newFieldManager();
  try {
    const live = await write(inputs, fieldManager, access, { dryRun: true, signal: request.signal });
    // Nothing has a status before it exists; a program that reads it must see that it is not known.
    const checkpoint = {
      inputs,
      live: withoutField(live, ["status"]),
      initialApiVersion: apiVersionOf(inputs),
      fieldManager,
    };
    return { id: "", state: writeCheckpoint(checkpoint, request.inputs) };
  } catch (error) {
    // Not found are the namespace or the kind, which an earlier step of the real run makes.
    if (cannotBePreviewed(error) || isNotFound(error)) {
      return asGiven;
    }
    throw new Error(explainFailure(error, request.urn, inputs));
  }
}

/** Whether a dry run's failure says nothing about the real run: what it needs is not there yet, or it is not allowed. */
export function cannotBePreviewed(error: unknown): boolean {
  if (error instanceof UnreachableError || error instanceof NoMatchError) {
    return true;
  }
  if (isAlreadyExists(error) || isWebhookNotReady(error)) {
    return true;
  }
  return (
    error instanceof ApiError &&
    (error.status === 403 || /does not support dry run|dryRun .* is disabled|field is immutable/.test(error.message))
  );
}

function explainFailure(error: unknown, urn: string, inputs: Manifest): string {
  if (error instanceof UnreachableError) {
    return `configured Kubernetes cluster is unreachable: ${error.message}`;
  }
  if (error instanceof NoMatchError) {
    return (
      `creation of resource "${urn}" with kind ${apiVersionOf(inputs)}/${kindOf(inputs)} failed because the Kubernetes ` +
      "API server reported that the apiVersion for this resource does not exist. " +
      `Verify that any required CRDs have been created: ${error.message}`
    );
  }
  const failure = `resource "${urn}" was not successfully created by the Kubernetes API server: ${messageOf(error)}`;
  return isAlreadyExists(error) ? `${failure}\n\n${alreadyExists(inputs)}` : failure;
}

function alreadyExists(inputs: Manifest): string {
  return (
    `${kindOf(inputs)} "${nameOf(inputs)}" is in the cluster already, but not in this stack's state. ` +
    "If an earlier run was killed between the two, set upsertExistingObjects on the provider: it takes the object over. " +
    "To adopt an object of somebody else's use `pulumi import`; " +
    "for a resource that was given another name in the program, an alias or deleteBeforeReplace."
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
