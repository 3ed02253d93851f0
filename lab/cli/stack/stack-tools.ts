import { formatIssues } from "../../../infra/core/errors";
import {
  isPrepared,
  keyText,
  preparedToolchains,
  setupCommand,
  toolchainFolder,
  type ToolchainKey,
} from "../../../infra/core/toolchain-key";
import { readToolchainManifest, type ToolchainManifest } from "../../../infra/core/toolchain-manifest";
import { VersionSetError } from "../../../infra/core/versions";
import { toolchainEnvironment } from "../../../infra/toolchain/environment";
import { configurations, toolchainLab } from "../../registry";
import type { Session } from "../pulumi/session";
import { settingsOf } from "./stack-project";
import { ensureTools, forUser } from "./tools";
import { UserError } from "../ui/user-error";

/**
 * Makes the toolchain of a stack complete: the one that it was built with, from the same source. Of a stack that records none, settings that name a
 * version set that is not available count as `auto`.
 * @throws UserError if something is not available
 */
export async function ensureStackTools({
  stack,
  platform,
  toolchain: { key, isRecorded, wanted },
}: Pick<Session, "stack" | "toolchain" | "platform">): Promise<ToolchainManifest> {
  try {
    return await ensureTools({ ...(isRecorded ? asOptions(key) : wanted), platform });
  } catch (error) {
    if (!(error instanceof VersionSetError)) {
      throw error;
    }
    return isRecorded ? unknownSet(stack, key) : await ensureTools({ lab: wanted.lab, platform });
  }
}

/** A version set of the user's own that is not told of any more: what exists with it is still worked on. */
function unknownSet(stack: string, key: ToolchainKey): ToolchainManifest {
  const manifest = readToolchainManifest(toolchainFolder(key), setupCommand(key));
  if (manifest === undefined) {
    throw new UserError(
      `stack ${stack}: was built with ${keyText(key)}, and the version set "${key.versionSet}" is not known here; name its file in ISTIO_LAB_VERSION_SETS`,
    );
  }
  return manifest;
}

/**
 * The same for an update of the stack.
 * @param overrides what `-c` sets now
 * @throws UserError with every problem of the settings if they name a version set that is not available: the program, which says them otherwise, needs tools
 */
export async function ensureUpdateTools(
  session: Session,
  overrides: Readonly<Record<string, unknown>>,
): Promise<ToolchainManifest> {
  const { isRecorded, wanted } = session.toolchain;
  if (isRecorded) {
    return await ensureStackTools(session);
  }
  try {
    return await ensureTools({ ...wanted, platform: session.platform });
  } catch (error) {
    throw error instanceof VersionSetError ? await refusal(session.stack, overrides, error) : error;
  }
}

async function refusal(
  stack: string,
  overrides: Readonly<Record<string, unknown>>,
  { problem }: VersionSetError,
): Promise<UserError> {
  const { settingsIssues } = await import("../../config/lab-config");
  const issues = settingsIssues(await configurations(), settingsOf(stack, overrides));
  const isSaid = issues.some((issue) => "key" in issue && issue.key === "versions");
  return new UserError(formatIssues(isSaid ? issues : [{ key: "versions", problem }, ...issues]));
}

/**
 * Leads a stack's toolchain to what is in the cache if all of it is: the stack may be an older istio-lab's, or its folder in the cache gone. Nothing is
 * fetched or built.
 */
export async function linkStackTools({ toolchain: { key } }: Pick<Session, "toolchain">): Promise<void> {
  if (isPrepared(key)) {
    return;
  }
  const { linkToolchain } = await import("../../../infra/toolchain/setup");
  try {
    await linkToolchain({ ...asOptions(key), ...(await toolchainLab(key.lab)) });
  } catch (error) {
    if (!(error instanceof VersionSetError)) {
      throw forUser(error);
    }
  }
}

/** The environment of a `pulumi` that works on no stack: any toolchain will do. */
export function withAnyTools({ toolchain: { key }, env }: Pick<Session, "toolchain" | "env">): Session["env"] {
  const prepared = isPrepared(key) ? undefined : preparedToolchains()[0];
  return prepared === undefined ? env : { ...env, ...toolchainEnvironment(prepared, env["PATH"]) };
}

function asOptions({ source, versionSet, lab }: ToolchainKey) {
  return { source, versions: versionSet, lab };
}
