import {
  configuredToolchain,
  isPrepared,
  toolchainOfUpdate,
  type ToolchainKey,
  type WantedToolchain,
} from "../../../infra/core/toolchain-key";
import { readToolchainRecord, toolchainRecordFile } from "../../../infra/core/toolchain-record";
import { versionTable } from "../../../infra/core/versions";
import { DEFAULT_LAB, isLab } from "../../registry";
import { knownResources } from "../pulumi/checkpoint";
import { labAmong } from "./lab-of-stack";
import type { Session } from "../pulumi/session";
import { configured, defaultLab } from "./stack-project";
import { UserError } from "../ui/user-error";
import { writeChanged } from "./yaml-file";

/** The toolchain of a stack. */
export interface StackToolchain {
  readonly key: ToolchainKey;
  /** The stack was built with it. */
  readonly isRecorded: boolean;
  /** What the configuration says; of no meaning for what is recorded. */
  readonly wanted: WantedToolchain;
}

/**
 * Finds a stack's toolchain: the one that it was built with, else the one that its configuration gives.
 * @param overrides what `-c` sets now
 * @param isUpdate the configuration may name another version set than the one that the stack was built with
 * @returns a function that finds it, again and again until it is prepared: a set-up in between may find out which source serves this machine
 */
export function toolchainFinder(
  target: Pick<Session, "backend" | "stack">,
  overrides: Readonly<Record<string, unknown>>,
  isUpdate: boolean,
): () => StackToolchain {
  let settled: StackToolchain | undefined;
  return () => {
    const found = settled ?? findToolchain(target, overrides, isUpdate);
    settled = found.isRecorded || isPrepared(found.key) ? found : undefined;
    return found;
  };
}

function findToolchain(
  target: Pick<Session, "backend" | "stack">,
  overrides: Readonly<Record<string, unknown>>,
  isUpdate: boolean,
): StackToolchain {
  const recorded = knownRecord(target.stack);
  if (recorded !== undefined && !isUpdate) {
    return { key: recorded, isRecorded: true, wanted: { lab: recorded.lab } };
  }
  const wanted = wantedBy(target, overrides);
  const found = { ...toolchainOfUpdate(recorded, wanted), wanted };
  // A set that is neither ours nor prepared may be no set at all, and `destroy` has to go on.
  const isDoubtful = !isUpdate && !isPrepared(found.key) && !Object.hasOwn(versionTable, found.key.versionSet);
  return isDoubtful ? { ...found, key: configuredToolchain({ lab: wanted.lab }) } : found;
}

/** Another checkout may have built a lab that this one does not know. */
function knownRecord(stack: string): ToolchainKey | undefined {
  const recorded = readToolchainRecord(stack);
  return isLab(recorded?.lab) ? recorded : undefined;
}

/** Settings that cannot be read say nothing here: most verbs do without them, and those that need them name the file. */
function wantedBy(
  target: Pick<Session, "backend" | "stack">,
  overrides: Readonly<Record<string, unknown>>,
): WantedToolchain {
  try {
    const lab = configured(target.stack, "lab", overrides) ?? labAmong(knownResources(target)) ?? defaultLab();
    return { lab: isLab(lab) ? lab : DEFAULT_LAB, versions: configured(target.stack, "versions", overrides) };
  } catch (error) {
    if (error instanceof UserError) {
      return { lab: DEFAULT_LAB };
    }
    throw error;
  }
}

/** Records the toolchain that a stack is built with. */
export function noteToolchain({ stack, toolchain }: Pick<Session, "stack" | "toolchain">): void {
  writeChanged(toolchainRecordFile(stack), `${JSON.stringify(toolchain.key)}\n`);
}
