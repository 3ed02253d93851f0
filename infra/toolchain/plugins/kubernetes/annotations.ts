import { textOf, withField, type Manifest } from "./manifest";

/** Annotations by which a program speaks to the provider. Source: pulumi-kubernetes, "Annotations" in its README. */
export const annotations = {
  autonamed: "pulumi.com/autonamed",
  skipAwait: "pulumi.com/skipAwait",
  waitFor: "pulumi.com/waitFor",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  patchForce: "pulumi.com/patchForce",
  patchFieldManager: "pulumi.com/patchFieldManager",
  deletionPropagation: "pulumi.com/deletionPropagationPolicy",
} as const;

/** The annotation's text, or "". */
export function annotationOf(manifest: Manifest, annotation: string): string {
  return textOf(manifest, "metadata", "annotations", annotation);
}

/** Whether the annotation says `true`. */
export function isAnnotated(manifest: Manifest, annotation: string): boolean {
  return annotationOf(manifest, annotation) === "true";
}

/** The same manifest with the annotation set to `true`; as it was where the annotations are not known yet. */
export function annotate(manifest: Manifest, annotation: string): Manifest {
  return withField(manifest, ["metadata", "annotations", annotation], "true");
}

/** Time that an operation on the object may take. */
export const defaultTimeoutSeconds = 600;

/**
 * Seconds that an operation may take: the resource option `customTimeouts`, else the annotation, else 600.
 * @param manifest the object's inputs
 * @param customTimeout seconds from the resource option; 0 where it is not given
 */
export function timeoutSecondsOf(manifest: Manifest, customTimeout: number): number {
  if (customTimeout > 0) {
    return customTimeout;
  }
  const annotated = annotationOf(manifest, annotations.timeoutSeconds);
  return /^\d+$/.test(annotated) ? Number(annotated) : defaultTimeoutSeconds;
}

/** What happens to an object's dependents when it is deleted. */
export type Propagation = "Foreground" | "Background" | "Orphan";

/** The propagation that the object's annotation asks for. Default: `Foreground`. */
export function propagationOf(manifest: Manifest): Propagation {
  switch (annotationOf(manifest, annotations.deletionPropagation).toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}
