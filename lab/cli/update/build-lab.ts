import { existsSync } from "node:fs";
import type { LabOutputs } from "../../program/outputs";
import { DEFAULT_PLATFORM, platformNamed } from "../../program/platforms/platforms";
import { readOutputs } from "../stack/access";
import { checkpointFile, ensureBackend } from "../pulumi/backend";
import { wakingConfig } from "../cloud/power";
import { settleLab } from "../heal/heal-lab";
import { healStack } from "../heal/heal-stack";
import { clearInterrupted } from "../pulumi/interrupted";
import { labCommand } from "../stack/lab-command";
import { lookBeforeUpdate, reason, tellLeftEdits, type Looked } from "../look/before-update";
import { describeEdits, namesOfEdits, type Edit } from "../look/edits";
import { isInTheMesh, type Missing } from "../look/missing";
import { confirmLosses } from "./losses";
import { ownNames } from "../stack/own-names";
import { stackCommand, type Session } from "../pulumi/session";
import { noteEngine } from "../stack/stack-engine";
import { forgetStack, removeStackFiles } from "../stack/stack-files";
import { configured, keepOverrides, writeStackConfig } from "../stack/stack-project";
import { noteToolchain } from "../stack/stack-toolchain";
import { tell } from "../ui/terminal";
import { updateFailure, updateLab, type LabUpdate } from "./update";
import { UserError } from "../ui/user-error";

/** How a lab is to be built. */
export interface BuildOptions {
  /** What `-c` sets now, and the lab. */
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Have Pulumi ask the providers first what is there. */
  readonly refresh: boolean;
  /** The user has agreed that something is removed. */
  readonly yes: boolean;
  /** The command that does the same without a question. */
  readonly repeat: string;
}

/** A lab that exists. */
export interface BuiltLab extends Pick<LabUpdate, "changes" | "clock"> {
  readonly outputs: LabOutputs;
}

const NOTHING: Looked = { missing: [], edits: [], hasStarted: false };

/**
 * Builds a lab, or brings it up to date: completes what an interrupted run has left, looks what is gone, asks before something is removed, and
 * has Pulumi do it. The stack has to be this process's alone.
 * @throws UserError if the update is refused, fails or is stopped, or if the answer is no
 */
export async function buildLab(session: Session, options: BuildOptions): Promise<BuiltLab> {
  const chosen = await writeSettings(session, options.overrides);
  const isNew = await ensureStack(session);
  if (platformNamed(configured(session.stack, "platform", chosen) ?? DEFAULT_PLATFORM).isOnEngine) {
    await noteEngine(session);
  }
  const { missing, edits, hasStarted } = isNew ? NOTHING : await lookBeforeUpdate(session, options);
  const undone = isNew ? [] : await confirmLosses(session, { ...options, missing });
  if (options.refresh && edits.length > 0) {
    tell(`${describeEdits(edits)}; --refresh puts back the fields that the lab sets`);
  } else {
    tellLeftEdits(edits, [...missing, ...undone], session);
  }
  // As soon as something is made by them: a lab that is half built is completed by the same settings, whatever ends this process.
  const onBegin = () => {
    keepOverrides(session.stack, chosen);
    noteToolchain(session);
  };
  const update = await updateLab(session, { missing, refresh: options.refresh, onBegin });
  await assertBuilt(session, update, isNew);
  tellOfMesh(session, missing, edits);
  const outputs = update.outputs ?? (await readOutputs(session));
  if (hasStarted) {
    await makeWhole(session, outputs);
  }
  return { changes: update.changes, clock: update.clock, outputs };
}

/**
 * What runs in containers that were just started takes half a minute until it answers again, and some of it does not by itself.
 * @throws UserError that names what does not hold all the same
 */
async function makeWhole(session: Session, outputs: LabOutputs): Promise<void> {
  const { failed } = await healStack(session, outputs, settleLab);
  if (failed.length > 0) {
    throw new UserError(
      `${failed.map(reason).join("\n")}\nstack ${session.stack}: up to date, and not all of it runs; ${labCommand("heal", session)} tries once more`,
    );
  }
}

/** @returns the settings that are kept if something is made by them */
async function writeSettings(
  session: Session,
  overrides: BuildOptions["overrides"],
): Promise<BuildOptions["overrides"]> {
  ensureBackend();
  writeStackConfig(session.stack, overrides);
  await clearInterrupted(session);
  const waking = await wakingConfig(session);
  const chosen = { ...overrides, ...waking };
  if (Object.keys(waking).length > 0) {
    writeStackConfig(session.stack, chosen);
  }
  return chosen;
}

/** @returns whether the stack is new */
async function ensureStack(session: Session): Promise<boolean> {
  const folder = session.backend.ownFolder;
  if (folder !== undefined && existsSync(checkpointFile(folder, session.stack))) {
    return false;
  }
  const made = await stackCommand(session, ["stack", "init", "--no-select"]);
  if (made.exitCode !== 0 && !made.stderr.includes("already exists")) {
    throw new UserError(`pulumi stack init: ${made.stderr.trim()}`);
  }
  return made.exitCode === 0;
}

async function assertBuilt(session: Session, { result, hasBegun }: LabUpdate, isNew: boolean): Promise<void> {
  if (result.exitCode === 0) {
    return;
  }
  if (isNew && !result.wasInterrupted && !hasBegun) {
    // A stack that holds nothing but a refused configuration would look like a lab in `list`.
    await forgetStack(session, { force: true });
    removeStackFiles(session, await ownNames(session, []));
  }
  throw updateFailure(session, result);
}

function tellOfMesh(session: Session, missing: readonly Missing[], edits: readonly Edit[]): void {
  if (missing.some(({ isMesh }) => isMesh === true)) {
    const kept = edits.filter(({ object }) => isInTheMesh(object));
    const whom = ["VMs", ...(kept.length > 0 ? [`what you have edited (${namesOfEdits(kept)})`] : [])].join(" and to ");
    tell(
      `Istio was installed again, with another root certificate; ${labCommand("heal", session)} gives it to ${whom}`,
    );
  }
}
