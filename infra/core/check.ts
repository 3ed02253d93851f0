/**
 * Where a check's command runs. `workstation` has the toolchain on PATH and KUBECONFIG set to all of the lab's clusters,
 * `cluster` is the workstation with the KUBECONFIG of that cluster alone.
 */
export type CheckPlace =
  | { readonly on: "workstation" }
  | { readonly on: "cluster"; readonly cluster: string }
  | { readonly on: "host"; readonly host: string };

/** A command of a check: bash text, run with `set -euo pipefail`. */
export type CheckCommand = CheckPlace & {
  readonly run: string;
  /** What a person pastes to see the same, if `run` is too long for that. Default: `run`. */
  readonly paste?: string;
};

/** What a command must answer; every field that is given must hold. */
export interface Expectation {
  /** Exit code. Default 0; `any` if the code says nothing. */
  readonly exitCode?: number | "any" | "not zero";
  /** What stdout must match, without the line breaks at its end. */
  readonly stdout?: RegExp;
  /** What stdout must not match, likewise. */
  readonly notStdout?: RegExp;
  /** What `stdout` asks for, for people, e.g. `one IPv4 address`. Default: the pattern, which is only readable if it is plain text. */
  readonly words?: string;
}

/** Something of the user's that keeps a check from passing, e.g. an ERROR_RATE. */
export interface Obstacle {
  /** Prints a line for each obstacle; nothing if there is none. */
  readonly find: CheckCommand;
  /** Removes it. Default: `heal` does. */
  readonly remedy?: CheckCommand;
}

/** One observation of the study notes: repeated until it holds or its deadline passes. */
export interface Check {
  /** Stable name, kebab case, unique in a suite, e.g. `workload-entry-healthy`. */
  readonly name: string;
  /** What the reader learns when it holds, as one sentence. */
  readonly shows: string;
  /** Where the study notes make this observation, e.g. `13.3.3 Step4`. */
  readonly source: string;
  readonly command: CheckCommand;
  readonly expect: Expectation;
  /** Stdout of the command that says that this will not hold by itself: it then fails before its deadline. */
  readonly givesUpAt?: RegExp;
  /** Seconds. */
  readonly deadlineSeconds: number;
  /** A `warning` that fails does not fail the suite. Default `error`. */
  readonly level?: "error" | "warning";
  /** Looked for once a try has failed. If it is there, the check fails before its deadline and names it. Default: nothing is looked for. */
  readonly obstacle?: Obstacle;
  /** Prints what may be the reason if the check fails, e.g. a policy that the user has made. Default: nothing is asked. */
  readonly clue?: CheckCommand;
}

/** What a scenario must find before it may change anything: it would take something from the user, or fail because of what the user has changed. */
export interface Precondition {
  /** What must hold, in words. */
  readonly wanted: string;
  /** Prints a line for each obstacle; nothing if there is none. */
  readonly inTheWay: CheckCommand;
}

/** Changes the lab, checks, and puts back what it changed, whatever happens in between. */
export interface Scenario {
  readonly name: string;
  /** What is changed and why, as one sentence. */
  readonly shows: string;
  /** If it does not hold, the scenario is left out with a warning. */
  readonly precondition: Precondition;
  readonly change: CheckCommand;
  readonly checks: readonly Check[];
  readonly restore: CheckCommand;
  /** What must hold again afterwards. */
  readonly afterwards: readonly Check[];
}

/** All that `verify` runs for one lab: observations side by side, then scenarios one after another. */
export interface CheckSuite {
  readonly observations: readonly Check[];
  readonly scenarios: readonly Scenario[];
}

/** Something that a restart of machines or of the Docker daemon can break, and that does not always repair itself. */
export interface Repair {
  /** Looked at, and repaired, before the other repairs are looked at, which wait for what it repairs. Default false. */
  readonly isFirst?: boolean;
  /** What holds if nothing is to be done; its deadline is how long it is given to repair itself. */
  readonly wanted: Check;
  /** Repairs it. */
  readonly repair: CheckCommand;
  /** What the repair does, as a sentence in the past tense, e.g. `istiod of west was restarted`. */
  readonly done: string;
}
