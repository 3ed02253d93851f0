import { platformNamed } from "../../program/platforms/platforms";
import { environmentFor } from "../../../infra/core/child";
import type { ChildEnvironment } from "../../../infra/core/child-environment";
import { TOOLCHAIN_VARIABLE, toolchainFolder } from "../../../infra/core/toolchain-key";
import { toolchainEnvironment } from "../../../infra/toolchain/environment";
import type { Backend } from "./backend";
import type { Session } from "./session";

/**
 * Environment variables that a plain `pulumi` needs to work on our stacks; the same that our own runs get.
 * @param toolchain folder of the toolchain
 */
export function exportedEnvironment(backend: Backend, toolchain: string): Readonly<Record<string, string>> {
  return {
    ...toolchainEnvironment(toolchain),
    // A configuration without the passphrase's salt takes it from the stack, and does not make a second one.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    ...backend.environment,
  };
}

/** What the user runs through us keeps the user's whole environment; the tools of the stack come first on its PATH. */
export function usersEnvironment({
  toolchain,
}: Pick<Session, "toolchain">): Readonly<Record<string, string | undefined>> {
  const folder = toolchainFolder(toolchain.key);
  return { ...process.env, PATH: toolchainEnvironment(folder)["PATH"], [TOOLCHAIN_VARIABLE]: folder };
}

/** The environment of our own runs of `pulumi`. */
export function pulumiEnvironment(backend: Backend, toolchain: string, platform: string | undefined): ChildEnvironment {
  return {
    ...environmentFor({ prefixes: platformNamed(platform).variables, isUsersBackend: backend.ownFolder === undefined }),
    ...exportedEnvironment(backend, toolchain),
    // A copy of the checkpoint after every update helps nobody here: labs are cheap to make again.
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
  };
}
