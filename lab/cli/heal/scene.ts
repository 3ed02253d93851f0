import type { Repair, Scenario } from "../../../infra/core/check";
import type { Owner } from "../../../infra/core/ownership";
import type { LabOutputs } from "../../program/outputs";
import type { LookScene } from "../look/look";
import type { Missing } from "../look/missing";
import type { ScenarioNote } from "../verify/unfinished";
import type { Workstation } from "../verify/command-runner";
import type { CheckResult } from "../verify/expectation";
import type { HealJournal } from "./journal";

/** What the stages of `heal` work with. */
export interface HealScene {
  /** The mark of all that the stack owns. */
  readonly owner: Owner;
  readonly outputs: LabOutputs;
  /** What the lab looks at, in the order in which it is repaired. */
  readonly repairs: readonly Repair[];
  /** The scenarios of `verify`: one of them may have been interrupted. */
  readonly scenarios: readonly Scenario[];
  readonly note: ScenarioNote;
  /** What the stack has made; undefined if that cannot be told. */
  readonly made: LookScene | undefined;
  /** What is looked at in the clusters, wherever they are. */
  readonly standing: LookScene;
  /** The same after a repair, which may have changed what the stack has made. */
  readonly lookAgain: () => Pick<HealScene, "made" | "standing">;
  /**
   * Recreates what is gone, as `up` does.
   * @throws UserError if it cannot
   */
  readonly bringBack: (missing: readonly Missing[]) => Promise<void>;
  readonly workstation: Workstation;
  /** Ends what runs. */
  readonly signal: AbortSignal;
  readonly journal: HealJournal;
}

/** Something that was broken and holds again. */
export interface Repaired {
  /** Name of the container, or of the check that did not hold. */
  readonly name: string;
  /** What was done, as a sentence in the past tense. */
  readonly done: string;
}

/** How a stage ended, or all of them. */
export interface HealReport {
  readonly repaired: readonly Repaired[];
  /** What does not hold all the same. */
  readonly failed: readonly CheckResult[];
}
