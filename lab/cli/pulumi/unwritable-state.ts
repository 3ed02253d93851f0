import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { throughDraft } from "../../../infra/core/whole-file";
import { checkpointFile, ensureBackend } from "./backend";
import { unwritable } from "../ui/file-error";
import { labCommand } from "../stack/lab-command";
import { listed } from "../destroy/destroy-messages";
import { findLeftovers } from "../docker/leftovers";
import type { Session } from "./session";
import { stackConfigFile, stackProjectFolder, writeStackConfig } from "../stack/stack-project";
import { isNothingRented, sweep } from "../destroy/sweep";
import { UserError } from "../ui/user-error";
import { writeChanged } from "../stack/yaml-file";

/**
 * Makes ready what Pulumi reads, and tries whether Pulumi could write the stack's state.
 * @returns why not, e.g. `no space left on device`; undefined if it can
 * @throws UserError if something else is wrong
 */
export function prepareState(session: Session): string | undefined {
  try {
    ensureBackend();
    prepareSettings(session);
    tryRoom(session);
    return undefined;
  } catch (error) {
    const reason = unwritable(error);
    if (reason === undefined) {
      throw error;
    }
    return reason;
  }
}

/** A removal runs no program: without settings that can be read, those of the last update do, or none. */
function prepareSettings({ stack }: Session): void {
  try {
    writeStackConfig(stack);
  } catch (error) {
    if (!(error instanceof UserError) || unwritable(error) !== undefined) {
      throw error;
    }
    if (!existsSync(stackConfigFile(stack))) {
      writeChanged(stackConfigFile(stack), "{}\n");
    }
  }
}

/**
 * Removes what carries the stack's mark, if Pulumi cannot: a disk that is full must not keep anybody from removing a lab.
 * @param full why Pulumi's state cannot be written
 * @returns what to say of what remains
 * @throws UserError if something refuses to go; if the lab is on AWS: only Pulumi can remove it, and nothing was removed
 */
export async function sweepAlone(session: Session, full: string): Promise<UserError> {
  const { stack, owner, env, backend } = session;
  if (!isNothingRented(session)) {
    throw new UserError(`stack ${stack}: nothing was removed, since its state cannot be written: ${full}`);
  }
  const swept = await sweep(session);
  const { own } = await findLeftovers(owner, env);
  if (own.length > 0) {
    throw new UserError(`stack ${stack}: still there: ${listed(own)}`);
  }
  const place = backend.ownFolder === undefined ? "" : ` in ${checkpointFile(backend.ownFolder, stack)}`;
  return new UserError(
    `stack ${stack}: ${swept} containers, networks and volumes were removed, and none is left; its state${place} could not be written (${full}) and remains, with the stack's files; make room, then remove them: ${labCommand("destroy", session)}`,
  );
}

/** Pulumi writes a state beside the old one before it replaces that. */
function tryRoom({ backend, stack }: Session): void {
  const old = backend.ownFolder && statSync(checkpointFile(backend.ownFolder, stack), { throwIfNoEntry: false });
  const bytes = (old ? old.size : 0) + ROOM;
  throughDraft(join(stackProjectFolder(stack), "settled.json"), (draft) =>
    writeFileSync(draft, Buffer.alloc(bytes, " ")),
  );
}

/** Room for Pulumi's lock and its attributes, in bytes. */
const ROOM = 65_536;
