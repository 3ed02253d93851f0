import type { PropertyMap } from "./property-value";

/**
 * A resource provider of a test; `serveProvider` (provider-handlers.ts) puts it behind the engine's gRPC protocol.
 *
 * - An error that a method throws is what the user reads: its `message`. `InitializationError` from `create` or `update` keeps the half-made
 *   resource in the state.
 * - `signal` is aborted when the user cancels, and when the engine goes away.
 */
export interface ResourceProvider {
  /** Version that the plugin says it is, without a leading `v`. */
  readonly version: string;
  diffConfig(request: DiffRequest): Promise<DiffResult>;
  configure(request: ConfigureRequest): Promise<void>;
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<CreateResult>;
  read(request: ReadRequest): Promise<ReadResult>;
  update(request: UpdateRequest): Promise<PropertyMap>;
  delete(request: DeleteRequest): Promise<void>;
  invoke(request: InvokeRequest): Promise<InvokeResult>;
}

/** A resource exists, but did not come up as it should: kept in the state, and tried again by the next update. */
export class InitializationError extends Error {
  /**
   * @param message what the user reads
   * @param resource the id, outputs and inputs to keep, and the reasons why it is not ready
   */
  constructor(
    message: string,
    readonly resource: {
      readonly id: string;
      readonly state: PropertyMap;
      readonly inputs: PropertyMap;
      readonly reasons: readonly string[];
    },
  ) {
    super(message);
  }
}

/** What every request has. */
export interface Request {
  /** Aborted on Cancel, on SIGINT and SIGTERM, and when the engine has gone. */
  readonly signal: AbortSignal;
}

/** What every request about one resource has. */
export interface ResourceRequest extends Request {
  readonly urn: string;
  /** Type token, e.g. `command:local:Command`. */
  readonly type: string;
  /** The resource's name in the program. */
  readonly name: string;
}

/** How the engine wants names to be made if the program gives none (`pulumi:autonaming`). */
export interface Autonaming {
  readonly proposedName: string;
}

/** Are these inputs good, and what are they with defaults filled in? */
export interface CheckRequest extends ResourceRequest {
  /** Inputs of the last run; undefined for a new resource. */
  readonly olds: PropertyMap | undefined;
  /** Inputs as the program gives them. */
  readonly news: PropertyMap;
  /** The same bytes in preview and update of one resource: names made from them agree. */
  readonly randomSeed: Uint8Array;
  readonly autonaming: Autonaming | undefined;
}

/** The inputs to keep, and what is wrong with them. */
export interface CheckResult {
  readonly inputs: PropertyMap;
  readonly failures?: readonly CheckFailure[];
}

/** One thing that is wrong with the inputs. */
export interface CheckFailure {
  /** Path of the property, "" for the resource as a whole. */
  readonly property: string;
  readonly reason: string;
}

/** What would change? */
export interface DiffRequest extends ResourceRequest {
  readonly id: string;
  /** Checked inputs of the last run. */
  readonly oldInputs: PropertyMap;
  /** Outputs of the last run. */
  readonly state: PropertyMap;
  /** Checked inputs of this run. */
  readonly news: PropertyMap;
  readonly ignoreChanges: readonly string[];
}

/** What happens to one property. */
export interface PropertyChange {
  readonly kind: "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";
  /** True if old and new inputs are compared, false if state and new inputs are. */
  readonly inputDiff: boolean;
}

/** What changes, and whether the resource must be replaced. */
export interface DiffResult {
  readonly changes: boolean;
  /** Properties that force a replacement. Default none. */
  readonly replaces?: readonly string[];
  readonly deleteBeforeReplace?: boolean;
  /** Top-level properties that differ. Default none. */
  readonly diffs?: readonly string[];
  /** By property path, e.g. `spec.replicas` or `environment["A.B"]`. */
  readonly detailedDiff?: Readonly<Record<string, PropertyChange>>;
}

/** The provider's own settings. */
export interface ConfigureRequest extends Request {
  readonly inputs: PropertyMap;
}

/** Make it. */
export interface CreateRequest extends ResourceRequest {
  readonly inputs: PropertyMap;
  /** Nothing may be made: say what the outputs would be. */
  readonly preview: boolean;
}

/** What was made. */
export interface CreateResult {
  /** "" in a preview that does not know it. */
  readonly id: string;
  readonly state: PropertyMap;
}

/** How is it really? For refresh and import. */
export interface ReadRequest extends ResourceRequest {
  readonly id: string;
  /** Empty on import. */
  readonly state: PropertyMap;
  /** Empty on import. */
  readonly inputs: PropertyMap;
}

/** How it is; undefined if it is gone. */
export type ReadResult = { readonly id: string; readonly state: PropertyMap; readonly inputs: PropertyMap } | undefined;

/** Change it. */
export interface UpdateRequest extends ResourceRequest {
  readonly id: string;
  /** Checked inputs of the last run. */
  readonly oldInputs: PropertyMap;
  /** Outputs of the last run. */
  readonly state: PropertyMap;
  /** Checked inputs of this run. */
  readonly news: PropertyMap;
  readonly preview: boolean;
  readonly ignoreChanges: readonly string[];
}

/** Remove it. */
export interface DeleteRequest extends ResourceRequest {
  readonly id: string;
  readonly oldInputs: PropertyMap;
  readonly state: PropertyMap;
}

/** Call a function. */
export interface InvokeRequest extends Request {
  /** Type token, e.g. `command:local:run`. */
  readonly token: string;
  readonly args: PropertyMap;
}

/** What the function returns. */
export interface InvokeResult {
  readonly result: PropertyMap;
}
