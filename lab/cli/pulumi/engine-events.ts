import { parseJson } from "../../../infra/core/json";

/**
 * What `pulumi up --json` prints, one event a line: the fields that the command line reads.
 * @see https://www.pulumi.com/docs/iac/automation-api/ EngineEvent of @pulumi/pulumi/automation, whose import would cost 0.7 s
 */
export interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly resOpFailedEvent?: { readonly metadata: StepMetadata };
  readonly diagnosticEvent?: DiagnosticEvent;
  readonly summaryEvent?: SummaryEvent;
}

/** One step of the engine on one resource. */
export interface StepMetadata {
  /** `create`, `update`, `replace`, `same`, `delete`, `create-replacement`, `delete-replaced`, `read`, … */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly old?: StepState | null;
  readonly new?: StepState | null;
}

/** A resource as an event shows it; secrets are masked. */
export interface StepState {
  /** False for a component, which takes no time of its own. */
  readonly custom?: boolean;
  readonly parent?: string;
  /** `URN::id` of the provider that makes it. */
  readonly provider?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** A line of the engine, a plugin or the program. */
export interface DiagnosticEvent {
  readonly urn?: string;
  readonly message: string;
  readonly severity: string;
  /** True for a command's own output while it runs. */
  readonly ephemeral?: boolean;
}

/** What was done in all. */
export interface SummaryEvent {
  readonly durationSeconds: number;
  /** How many resources by operation, e.g. `{ create: 3, same: 40 }`. */
  readonly resourceChanges: Readonly<Record<string, number>>;
}

/** The type of the resource that carries the stack's outputs. */
export const STACK_TYPE = "pulumi:pulumi:Stack";

/** The resource's own name: the last part of its URN. */
export function resourceName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Reads one line of the engine's output; undefined for what is no event. */
export function parseEvent(line: string): EngineEvent | undefined {
  return line.startsWith("{") ? (parseJson(line) as EngineEvent | undefined) : undefined;
}
