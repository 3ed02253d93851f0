import { Unknown } from "../rpc/property-value";
import type { CheckRequest, CheckResult } from "../rpc/provider";
import { toManifest, withSecretsOf } from "./checkpoint";
import type { ClusterAccess } from "./cluster-access";
import { fieldOf, kindOf, namespaceOf, withField, type Manifest } from "./manifest";
import { normalizeManifest } from "./normalize";
import { isPatchType, isResourceDefinition, objectKindOf, objectKindOfType, type Scope } from "./object-kind";
import { hasGenerateName, withAutomaticName, withEarlierName } from "./object-name";

/**
 * Completes a resource's inputs: its name, its namespace, and one form for what can be written in several.
 * @throws Error where the inputs can never become an object
 */
export async function checkResource(request: CheckRequest, access: ClusterAccess): Promise<CheckResult> {
  refuseUnsupportedType(request.type, kindOf(request.news));
  const inputs = normalizeManifest(toManifest(request.news));
  const olds = request.olds === undefined ? {} : toManifest(request.olds);
  const named =
    Object.keys(olds).length > 0
      ? withEarlierName(inputs, olds)
      : withAutomaticName(inputs, {
          resourceName: request.name,
          randomSeed: request.randomSeed,
          autonaming: request.autonaming,
        });
  if (hasGenerateName(named)) {
    throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
  }
  if (isResourceDefinition(objectKindOf(named))) {
    access.discovery.learn(named);
  }
  const placed = await withDefaultNamespace(named, olds, access);
  return { inputs: withSecretsOf(placed, request.news) };
}

const unsupportedModules = /^kubernetes:(helm\.sh|yaml|kustomize)\b/;

function refuseUnsupportedType(type: string, kind: string): void {
  if (unsupportedModules.test(type) || isPatchType(type, kind)) {
    throw new Error(
      `${type} needs the official Kubernetes plugin; this machine has the one for package registries, ` +
        "which makes objects of any kind, but neither Helm releases nor *Patch resources",
    );
  }
  objectKindOfType(type);
}

async function withDefaultNamespace(manifest: Manifest, olds: Manifest, access: ClusterAccess): Promise<Manifest> {
  const unknown = fieldOf(manifest, "metadata", "namespace") instanceof Unknown;
  if (unknown || access.defaultNamespace === "" || namespaceOf(manifest) !== "") {
    return manifest;
  }
  return (await scopeOf(manifest, olds, access)) === "namespaced"
    ? withField(manifest, ["metadata", "namespace"], access.defaultNamespace)
    : manifest;
}

async function scopeOf(manifest: Manifest, olds: Manifest, access: ClusterAccess): Promise<Scope> {
  const kind = objectKindOf(manifest);
  const known = access.discovery.scopeWithoutAsking(kind);
  if (known !== undefined) {
    return known;
  }
  // What an earlier run found out need not be asked again.
  if (kindOf(olds) === kind.kind) {
    return namespaceOf(olds) === "" ? "cluster" : "namespaced";
  }
  try {
    return (await access.discovery.resourceOf(kind)).scope;
  } catch {
    // Not served yet, or no cluster yet: most custom resources are namespaced, and a create corrects it.
    return "namespaced";
  }
}
