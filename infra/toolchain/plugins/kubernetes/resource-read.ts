import type { EngineLog } from "../rpc/engine-log";
import { InitializationError } from "../rpc/init-error";
import type { ReadRequest, ReadResult } from "../rpc/provider";
import { isNotFound, NoMatchError, UnreachableError } from "./api-error";
import { readCheckpoint, toManifest, withSecretsOf, writeCheckpoint } from "./checkpoint";
import type { ClusterAccess } from "./cluster-access";
import {
  apiVersionOf,
  nameOf,
  namespaceOf,
  objectId,
  objectsOf,
  parseObjectId,
  withoutField,
  type Manifest,
} from "./manifest";
import { normalizeManifest } from "./normalize";
import { isBuiltIn, objectKindOf, objectKindOfType } from "./object-kind";
import { newFieldManager } from "./object-name";
import { pruneToShape } from "./prune";
import { troublesOf } from "./readiness/pod";
import { readinessRuleFor } from "./readiness/rules";
import { spelledAsInputs } from "./spelling";

/**
 * How an object really is, for refresh and import.
 * @returns undefined where it is gone, or its kind is
 * @throws InitializationError where it is there but not ready
 * @throws Error where the cluster is out of reach and the settings do not say what to do then
 */
export async function readResource(request: ReadRequest, access: ClusterAccess, log: EngineLog): Promise<ReadResult> {
  try {
    return await readFromCluster(request, access);
  } catch (error) {
    if (isNotFound(error) || error instanceof NoMatchError) {
      return undefined;
    }
    if (error instanceof UnreachableError) {
      return readUnreachable(request, access, log, error);
    }
    throw error;
  }
}

async function readFromCluster(request: ReadRequest, access: ClusterAccess): Promise<ReadResult> {
  const given = normalizeManifest(toManifest(request.inputs));
  const before = readCheckpoint(request.state);
  const known = apiVersionOf(given) !== "" ? given : before.live;
  const kind = apiVersionOf(known) === "" ? objectKindOfType(request.type) : objectKindOf(known);
  const { namespace, name } = parseObjectId(request.id);
  const live = await access.store.get({ ...kind, namespace, name }, request.signal);
  const imported = apiVersionOf(given) === "";
  const inputs = imported ? inputsFrom(live) : inputsSeenIn(live, given);
  const initialApiVersion = before.initialApiVersion || apiVersionOf(inputs);
  const fieldManager = before.fieldManager ?? newFieldManager();
  const found = {
    id: request.id || objectId(live),
    state: writeCheckpoint({ inputs, live, initialApiVersion, fieldManager }, request.inputs),
    inputs: withSecretsOf(inputs, request.inputs),
  };
  const reasons = imported ? [] : await reasonsNotReady(live, given, access, request.signal);
  if (reasons.length > 0) {
    const message = `Resource '${nameOf(live)}' was created but failed to initialize`;
    throw new InitializationError(message, { ...found, reasons: [message, ...reasons] });
  }
  return found;
}

// Compared with the earlier inputs, this is what has changed in the cluster.
function inputsSeenIn(live: Manifest, given: Manifest): Manifest {
  const pruned = pruneToShape(live, given);
  return isBuiltIn(apiVersionOf(given)) ? spelledAsInputs(pruned, given) : pruned;
}

// What a program would have to say to get this object.
function inputsFrom(live: Manifest): Manifest {
  const annotations = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];
  const bare = normalizeManifest(withoutField(live, ["status"]));
  return annotations.reduce((rest, annotation) => withoutField(rest, ["metadata", "annotations", annotation]), bare);
}

async function reasonsNotReady(
  live: Manifest,
  inputs: Manifest,
  access: ClusterAccess,
  signal: AbortSignal,
): Promise<string[]> {
  const rule = readinessRuleFor(inputs);
  if (rule === undefined) {
    return [];
  }
  const query = rule.companionsOf?.(live);
  const atOnce = rule.assess({ live, companions: undefined, quietMilliseconds: Number.POSITIVE_INFINITY });
  if (atOnce.state === "ready") {
    return [];
  }
  if (query === undefined) {
    return [atOnce.message];
  }
  const path = await access.store.collectionOf({ ...query, namespace: namespaceOf(live) });
  const list = await access.client.send({ method: "GET", path, query: { labelSelector: query.labelSelector }, signal });
  const companions = objectsOf(list, "items");
  const settled = rule.assess({ live, companions, quietMilliseconds: Number.POSITIVE_INFINITY });
  const troubles = rule.companionsOnlyExplain === true ? troublesOf(companions) : [];
  return settled.state === "ready" ? [] : [settled.message, ...troubles];
}

function readUnreachable(
  request: ReadRequest,
  { settings }: ClusterAccess,
  log: EngineLog,
  error: UnreachableError,
): ReadResult {
  const { urn } = request;
  log.log({ severity: "warning", urn, text: `configured Kubernetes cluster is unreachable: ${error.message}` });
  if (settings.deleteUnreachable) {
    const text =
      "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. " +
      "Deleting the unreachable resource from Pulumi state";
    log.log({ severity: "info", urn, text });
    return undefined;
  }
  if (settings.skipUpdateUnreachable) {
    return { id: request.id, state: request.state, inputs: request.inputs };
  }
  throw new Error(
    "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this resource " +
      'from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
  );
}
