import type { PropertyMap } from "./property-value";

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
      readonly inputs?: PropertyMap;
      readonly reasons: readonly string[];
    },
  ) {
    super(message);
  }
}
