import type { Repair } from "../../../infra/core/check";
import type { Owner } from "../../../infra/core/ownership";
import type { LabOutputs } from "../../outputs";
import type { Workstation } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import type { HealJournal } from "./journal";

/** What the stages of `heal` work with. */
export interface HealScene {
  /** The mark of all that the stack owns. */
  readonly owner: Owner;
  readonly outputs: LabOutputs;
  /** What the lab looks at, in the order in which it is mended. */
  readonly repairs: readonly Repair[];
  readonly workstation: Workstation;
  /** Ends what runs. */
  readonly signal: AbortSignal;
  readonly journal: HealJournal;
}

/** Something that was broken and holds again. */
export interface Mended {
  /** Name of the container, or of the check that did not hold. */
  readonly name: string;
  /** What was done, as a sentence in the past tense. */
  readonly done: string;
}

/** How a stage ended, or all of them. */
export interface HealReport {
  readonly mended: readonly Mended[];
  /** What does not hold all the same. */
  readonly failed: readonly CheckResult[];
}
