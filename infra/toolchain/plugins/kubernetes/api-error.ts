import { objectsOf, textOf, type Manifest } from "./manifest";

/** The API server refused a request. The message is the server's own. */
export class ApiError extends Error {
  /**
   * @param status HTTP status
   * @param answer the server's `Status` object; empty where it sent none
   * @param method HTTP method and path, for an answer without a message
   */
  constructor(
    readonly status: number,
    readonly answer: Manifest,
    request: string,
  ) {
    super(textOf(answer, "message") || `the API server answered ${request} with HTTP status ${String(status)}`);
  }

  /** The server's word for what is wrong, e.g. `AlreadyExists`; "" where it gave none. */
  get reason(): string {
    return textOf(this.answer, "reason");
  }
}

/** No connection to the API server. The message says the address and why. */
export class UnreachableError extends Error {}

/** The API server serves no such kind: a CustomResourceDefinition is missing, or not served yet. */
export class NoMatchError extends Error {
  /** @param kind e.g. `Gateway` */
  constructor(
    readonly kind: string,
    readonly apiVersion: string,
  ) {
    super(`no matches for kind "${kind}" in version "${apiVersion}"`);
  }
}

/** The user cancelled, or the engine went away. */
export class CancelledError extends Error {
  constructor() {
    super("the operation was cancelled");
  }
}

/** Whether the object, or what it lives in, is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Whether a create found the name taken. */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "AlreadyExists";
}

/** Whether fields belong to another manager, or the object changed in between. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason === "Conflict";
}

/** Whether an admission webhook could not be asked, as happens until its pods are ready. */
export function isWebhookNotReady(error: unknown): boolean {
  return error instanceof ApiError && error.message.includes("failed calling webhook");
}

/** Whether the API server, or a webhook that it asks, cannot answer just now. */
export function isBusy(error: unknown): boolean {
  return isWebhookNotReady(error) || (error instanceof ApiError && [429, 502, 503, 504].includes(error.status));
}

/** Whether a create may well succeed a moment later: its kind or namespace is made by somebody else meanwhile. */
export function isTooEarly(error: unknown): boolean {
  return error instanceof NoMatchError || isNotFound(error) || isBusy(error);
}

/** The fields in conflict, e.g. `.spec.replicas (manager "kubectl-scale")`; empty where the server names none. */
export function conflictingFields(error: ApiError): string[] {
  return objectsOf(error.answer, "details", "causes")
    .filter((cause) => textOf(cause, "reason") === "FieldManagerConflict")
    .map((cause) => {
      const manager = /conflict with ("[^"]*"[^:]*)/.exec(textOf(cause, "message"))?.[1];
      const field = textOf(cause, "field");
      return manager === undefined ? field : `${field} (managed by ${manager})`;
    });
}
