import type { PropertyMap } from "../rpc/property-value";
import type { DiffResult } from "../rpc/provider";
import { readCheckpoint, toManifest } from "./checkpoint";
import { nameOf, namespaceOf, withField, withoutField, type Manifest } from "./manifest";
import { normalizeManifest } from "./normalize";
import { detailedDiffOf, diffObjects, type ObjectChange } from "./object-diff";
import { isBuiltIn, knownScope, objectKindOf } from "./object-kind";
import { isAutonamed, isNamed } from "./object-name";
import { isWithin, parsePropertyPath } from "./property-path";
import { pruneToShape } from "./prune";
import { replacingFields, type Mutability } from "./replacement";

/** What a resource's difference is worked out from. */
export interface ResourceVersions {
  /** The stack's state of the resource. */
  readonly state: PropertyMap;
  /** Checked inputs of this run. */
  readonly news: PropertyMap;
  readonly ignoreChanges: readonly string[];
}

/**
 * What would change, and whether the object has to be replaced for it. Compares the new inputs with the object as it was
 * last seen, so that what a refresh found changed is changed back. Asks the cluster nothing.
 * @throws Error where a path in `ignoreChanges` cannot be read
 */
export function diffResource({ state, news, ignoreChanges }: ResourceVersions, mutability: Mutability): DiffResult {
  const { inputs, live } = readCheckpoint(state);
  const oldInputs = normalizeManifest(inputs);
  const newInputs = normalizeManifest(toManifest(news));
  const { before, wanted } = comparable(live, oldInputs, newInputs);
  const changes = diffObjects({
    live: before,
    oldInputs,
    newInputs: wanted,
    replacing: replacingFields(wanted, mutability),
    builtIn: isBuiltIn(objectKindOf(wanted).apiVersion),
  });
  const outer = ignoreChanges.map(parsePropertyPath);
  const counted = changes.filter(({ path }) => !outer.some((ignored) => isWithin(path, ignored)));
  return describe(counted, live, wanted);
}

function describe(changes: readonly ObjectChange[], live: Manifest, wanted: Manifest): DiffResult {
  const detailedDiff = detailedDiffOf(changes);
  const replaces = Object.entries(detailedDiff)
    .filter(([path, { kind }]) => kind.endsWith("-replace") || (kind === "delete" && path === "metadata"))
    .map(([path]) => path);
  return {
    changes: changes.length > 0,
    replaces,
    diffs: [...new Set(changes.map(({ path }) => String(path[0])))],
    detailedDiff,
    deleteBeforeReplace: replaces.length > 0 && takesSamePlace(live, wanted),
  };
}

// Two objects of one name cannot stand side by side, so the old one goes first.
function takesSamePlace(live: Manifest, wanted: Manifest): boolean {
  return (
    isNamed(wanted) &&
    !isAutonamed(wanted) &&
    nameOf(wanted) === nameOf(live) &&
    namespaceOf(wanted) === namespaceOf(live)
  );
}

function comparable(live: Manifest, oldInputs: Manifest, newInputs: Manifest): { before: Manifest; wanted: Manifest } {
  const kind = objectKindOf(newInputs);
  const pruned = pruneToShape(live, oldInputs);
  const named = nameOf(newInputs) === "" ? pruned : withField(pruned, ["metadata", "name"], nameOf(live));
  // The API server may answer in another version of the kind than the program asked for; that is no change.
  const typed = named["kind"] === undefined ? { apiVersion: kind.apiVersion, kind: kind.kind, ...named } : named;
  if (knownScope(kind) === "cluster") {
    const namespace = ["metadata", "namespace"];
    return { before: withoutField(typed, namespace), wanted: withoutField(newInputs, namespace) };
  }
  return withSameDefaultNamespace(withoutField(typed, ["metadata", "resourceVersion"]), newInputs);
}

// Where one side leaves the namespace out it means `default`; where both do, the kind may have none at all.
function withSameDefaultNamespace(before: Manifest, wanted: Manifest): { before: Manifest; wanted: Manifest } {
  const given = namespaceOf(before) !== "" || namespaceOf(wanted) !== "";
  const path = ["metadata", "namespace"];
  const complete = (manifest: Manifest): Manifest =>
    given && manifest["metadata"] !== undefined && fieldIsMissing(manifest)
      ? withField(manifest, path, "default")
      : manifest;
  return { before: complete(before), wanted: complete(wanted) };
}

function fieldIsMissing(manifest: Manifest): boolean {
  const metadata = manifest["metadata"];
  return typeof metadata === "object" && metadata !== null && !("namespace" in metadata);
}
