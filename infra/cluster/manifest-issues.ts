import type { PlacedIssue } from "../core/errors";
import { inspectManifest, type KubernetesObject, type ManifestValues, type PlacedObject } from "./manifest-file";

/** Manifests that are applied together, as one `Manifests` component. */
export interface ManifestSet {
  /** Name of the cluster that they are for. */
  readonly cluster: string;
  /** Absolute paths of YAML files. */
  readonly files: readonly string[];
  /** What the files say as `${name}`, by name. */
  readonly values?: ManifestValues;
}

/** What is wrong with the manifests of a lab: each file by itself, and objects that are there twice. */
export function manifestIssues(sets: readonly ManifestSet[]): PlacedIssue[] {
  const read = sets.map(({ cluster, files, values }) => {
    const contents = files.map((file) => inspectManifest(file, values));
    return {
      cluster,
      objects: contents.flatMap(({ objects }) => objects),
      issues: contents.flatMap(({ issues }) => issues),
    };
  });
  const clusters = [...new Set(read.map(({ cluster }) => cluster))];
  const all = [
    ...read.flatMap(({ issues }) => issues),
    ...clusters.flatMap((name) =>
      repeated(read.filter(({ cluster }) => cluster === name).flatMap((set) => set.objects)),
    ),
    ...read.flatMap(({ objects }) => alike(objects)),
  ];
  // Several clusters may be made of the same file.
  return [...new Map(all.map((issue) => [`${issue.place} ${issue.problem}`, issue])).values()];
}

/** The same object twice in one cluster. */
function repeated(objects: readonly PlacedObject[]): PlacedIssue[] {
  return later(objects, identity).map(({ one, first }) => ({
    place: one.place,
    problem: `${describe(one.object)} is already in ${first.place}; remove one of them`,
  }));
}

/** Objects that a stack cannot tell apart: resources have the name and the kind of an object, and nothing else of it. */
function alike(objects: readonly PlacedObject[]): PlacedIssue[] {
  return later(objects, ({ kind, metadata }) => `${metadata.name} ${kind.toLowerCase()}`)
    .filter(({ one, first }) => identity(one.object) !== identity(first.object))
    .map(({ one, first }) => ({
      place: one.place,
      problem: `${describe(one.object)} has the name of the ${first.object.kind} in ${first.place}, and the lab tells them apart by names; give it another one`,
    }));
}

/** Each object that is like one before it, with the first such. */
function later(objects: readonly PlacedObject[], keyOf: (object: KubernetesObject) => string) {
  const firsts = new Map<string, PlacedObject>();
  return objects.flatMap((one) => {
    const key = keyOf(one.object);
    const first = firsts.get(key);
    firsts.set(key, first ?? one);
    return first === undefined ? [] : [{ one, first }];
  });
}

/** What is one object for Kubernetes, in whatever version it is written. */
function identity({ apiVersion, kind, metadata }: KubernetesObject): string {
  const group = apiVersion.includes("/") ? apiVersion.replace(/\/.*/, "") : "";
  return `${group} ${kind} ${metadata.namespace ?? "default"} ${metadata.name}`;
}

function describe({ kind, metadata: { name, namespace } }: KubernetesObject): string {
  return `${kind} ${name}${namespace === undefined ? "" : ` of namespace ${namespace}`}`;
}
