import type { Manifest } from "../manifest";

/** How far an object is on its way to being of use. */
export type Readiness =
  | { readonly state: "ready" }
  | {
      readonly state: "waiting";
      /** What is missing, for the user. */
      readonly message: string;
      /** Ready after this long if nothing changes meanwhile. */
      readonly settlesInMilliseconds?: number;
    }
  | {
      /** It will not come up by itself. */
      readonly state: "failed";
      readonly message: string;
    };

/** What is known about an object at one moment. */
export interface Observation {
  readonly live: Manifest;
  /** Objects that belong to it, e.g. the pods of a Deployment; undefined as long as they have not been listed. */
  readonly companions: readonly Manifest[] | undefined;
  /** Milliseconds since the companions last changed. */
  readonly quietMilliseconds: number;
}

/** Which objects belong to an object. */
export interface CompanionQuery {
  readonly apiVersion: string;
  readonly kind: string;
  readonly labelSelector: string;
}

/** When objects of a kind are ready. Pure: knows neither time nor API server. */
export interface ReadinessRule {
  assess(observation: Observation): Readiness;
  /** Objects to watch beside the object itself; undefined: none. */
  companionsOf?(live: Manifest): CompanionQuery | undefined;
  /** Readiness is a matter of the object alone; companions only tell why it is not ready. Default false. */
  readonly companionsOnlyExplain?: boolean;
}

/** Nothing is missing. */
export const ready: Readiness = { state: "ready" };

/** Something is missing still. */
export function waiting(message: string): Readiness {
  return { state: "waiting", message };
}

/** It will not come up by itself. */
export function failed(message: string): Readiness {
  return { state: "failed", message };
}
