import type { EngineLog } from "../rpc/engine-log";
import type { DeleteRequest } from "../rpc/provider";
import { annotations, isAnnotated, propagationOf, timeoutSecondsOf } from "./annotations";
import { CancelledError, isNotFound, NoMatchError, UnreachableError } from "./api-error";
import { readCheckpoint } from "./checkpoint";
import type { ClusterAccess } from "./cluster-access";
import { fieldOf, kindOf, namespaceOf, objectsOf, parseObjectId, textOf, type Manifest } from "./manifest";
import { objectKindOf, objectKindOfType } from "./object-kind";
import type { ObjectReference } from "./object-store";
import { StatusLine } from "./status-line";
import { watchObjects } from "./watch";

// Kinds for which skipAwait holds on delete as well, in the official provider.
const skippableKinds: ReadonlySet<string> = new Set([
  "DaemonSet",
  "Deployment",
  "Job",
  "Namespace",
  "Pod",
  "ReplicationController",
  "StatefulSet",
]);

/**
 * Deletes an object and waits until it is really gone. What is gone already is no error.
 * @throws Error where it cannot be deleted, or something holds it beyond the deadline
 */
export async function deleteResource(request: DeleteRequest, access: ClusterAccess, log: EngineLog): Promise<void> {
  try {
    await deleteFromCluster(request, access, log);
  } catch (error) {
    if (isNotFound(error) || error instanceof NoMatchError) {
      return;
    }
    if (error instanceof UnreachableError) {
      deleteUnreachable(request, access, log, error);
      return;
    }
    throw error;
  }
}

async function deleteFromCluster(request: DeleteRequest, access: ClusterAccess, log: EngineLog): Promise<void> {
  const { inputs, live } = readCheckpoint(request.state);
  const { namespace, name } = parseObjectId(request.id);
  const kind = kindOf(live) === "" ? objectKindOfType(request.type) : objectKindOf(live);
  const reference = { ...kind, name, namespace: namespace || namespaceOf(live) };
  const answer = await access.store.delete(reference, propagationOf(inputs), request.signal);
  if (kindOf(answer) === "Status" || (isAnnotated(inputs, annotations.skipAwait) && skippableKinds.has(kind.kind))) {
    return;
  }
  const timeoutSeconds = timeoutSecondsOf(inputs, request.timeoutSeconds);
  const status = new StatusLine(log, request.urn);
  await waitUntilGone(reference, textOf(answer, "metadata", "uid"), {
    access,
    timeoutSeconds,
    status,
    signal: request.signal,
  });
  status.clear();
}

interface GoneContext {
  readonly access: ClusterAccess;
  readonly timeoutSeconds: number;
  readonly status: StatusLine;
  readonly signal: AbortSignal;
}

async function waitUntilGone(reference: ObjectReference, uid: string, context: GoneContext): Promise<void> {
  const { access, timeoutSeconds } = context;
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  const signal = AbortSignal.any([context.signal, deadline]);
  const path = await access.store.collectionOf(reference);
  const scope = { path, fieldSelector: `metadata.name=${reference.name}` };
  let hold = "";
  try {
    for await (const objects of watchObjects(access.client, scope, signal)) {
      const remaining = objects.get(uid);
      if (remaining === undefined) {
        return;
      }
      const now = whatHolds(remaining);
      if (now !== hold) {
        hold = now;
        context.status.show(`Waiting for deletion${hold === "" ? "" : `: ${hold}`}`);
      }
    }
  } catch (error) {
    if (!(error instanceof CancelledError) && !deadline.aborted) {
      throw error;
    }
    const what = `${reference.kind} "${reference.name}"`;
    const why = deadline.aborted
      ? `was not gone ${String(timeoutSeconds)} s after its deletion`
      : "was still there when its deletion was cancelled";
    throw new Error(`${what} ${why}${hold === "" ? "" : ` (${hold})`}`);
  }
}

function whatHolds(remaining: Manifest): string {
  const finalizers = fieldOf(remaining, "metadata", "finalizers");
  const named = Array.isArray(finalizers) ? `finalizers ${(finalizers as string[]).join(", ")}` : "";
  // A namespace says what in it is still there; other kinds' conditions are about their life, not their end.
  const conditions = (kindOf(remaining) === "Namespace" ? objectsOf(remaining, "status", "conditions") : [])
    .filter((condition) => textOf(condition, "status") === "True")
    .map((condition) => textOf(condition, "message"));
  return [named, ...conditions].filter((part) => part !== "").join("; ");
}

function deleteUnreachable(
  { urn }: DeleteRequest,
  { settings }: ClusterAccess,
  log: EngineLog,
  error: UnreachableError,
): void {
  log.log({ severity: "warning", urn, text: `configured Kubernetes cluster is unreachable: ${error.message}` });
  if (!settings.deleteUnreachable) {
    throw new Error(
      "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource from Pulumi " +
        'state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
    );
  }
  const text =
    "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. " +
    "Deleting the unreachable resource from Pulumi state";
  log.log({ severity: "info", urn, text });
}
