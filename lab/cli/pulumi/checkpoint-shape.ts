/** A resource in Pulumi's state: the fields that the command line reads. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  /** `URN::id` of the provider that makes it. */
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Secrets are encrypted. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The variables that a step gets, as Pulumi's state has them; undefined for a resource that is no step. */
export function environmentOf(inputs: StateResource["inputs"]): Readonly<Record<string, unknown>> | undefined {
  return inputs?.["environment"] as Readonly<Record<string, unknown>> | undefined;
}

/** The parts of Pulumi's state file that are read. */
export interface CheckpointContent {
  readonly checkpoint: {
    readonly latest?: {
      readonly manifest?: { readonly time?: string };
      readonly resources?: readonly StateResource[];
      readonly pending_operations?: readonly unknown[] | null;
    } | null;
  };
}

/** Formats that Pulumi's pinned version reads and writes: 4 is 3 with a list of features, and holds the same. */
const OLDEST = 3;
const NEWEST = 4;

/** Whether a later version of Pulumi wrote the file, in a format that is not known here. */
export function isNewer(content: unknown): content is { readonly version: number } {
  return isObject(content) && typeof content["version"] === "number" && content["version"] > NEWEST;
}

/** Whether a file's content has the shape that the command line relies on. By hand: loading zod takes longer than the whole check may. */
export function isCheckpoint(content: unknown): content is CheckpointContent {
  if (!isObject(content) || !isObject(content["checkpoint"])) {
    return false;
  }
  const { version, checkpoint } = content;
  const { latest } = checkpoint;
  return (
    (version === OLDEST || version === NEWEST) &&
    isAbsentOr(latest, isObject) &&
    isAbsentOr(latest?.["manifest"], isObject) &&
    isAbsentOr(latest?.["pending_operations"], Array.isArray) &&
    isAbsentOr(latest?.["resources"], (list) => Array.isArray(list) && list.every(isResource))
  );
}

function isResource(value: unknown): value is StateResource {
  return (
    isObject(value) &&
    isText(value["urn"]) &&
    isText(value["type"]) &&
    isAbsentOr(value["provider"], isText) &&
    isAbsentOr(value["dependencies"], (list) => Array.isArray(list) && list.every(isText)) &&
    isAbsentOr(value["inputs"], isObject) &&
    isAbsentOr(value["outputs"], isObject)
  );
}

function isAbsentOr<T>(value: unknown, is: (value: unknown) => value is T): value is T | null | undefined;
function isAbsentOr(value: unknown, is: (value: unknown) => boolean): boolean;
function isAbsentOr(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || is(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
