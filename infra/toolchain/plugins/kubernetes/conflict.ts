import { ApiError, conflictingFields, isConflict } from "./api-error";

/** An apply was refused because fields belong to somebody else. */
export class ConflictError extends Error {}

/** The same error; a conflict comes back with the fields, whose they are, and how to take them. */
export function explainConflict(error: unknown, fieldManager: string): unknown {
  if (!(error instanceof ApiError) || !isConflict(error)) {
    return error;
  }
  const fields = conflictingFields(error);
  return new ConflictError(
    [
      "server-side apply field conflict detected" + (fields.length === 0 ? "" : `: ${fields.join(", ")}`),
      `The resource managed by field manager "${fieldManager}" had an apply conflict: ${error.message}`,
      'To take the fields, annotate the resource with pulumi.com/patchForce: "true", or set enablePatchForce on the ' +
        "provider; to leave them, name them in the resource option ignoreChanges. See " +
        "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/",
    ].join("\n"),
  );
}
