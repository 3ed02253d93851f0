import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Owner } from "../../../infra/core/ownership";
import { stackFolder, stateFolder } from "../../../infra/core/paths";
import { readOwner } from "../../../infra/core/state-folders";
import { toolchainFolder } from "../../../infra/core/toolchain-key";
import { backendOf, checkpointFile, ownStacks, PROJECT_FOLDER, type Backend } from "./backend";
import { runPulumi, type PulumiResult } from "./pulumi";
import { rentedFrom } from "./checkpoint";
import { pulumiEnvironment } from "./session-environment";
import { assertDistinctName, parseStackName } from "../stack/stack-name";
import { UserError } from "../ui/user-error";
import { toolchainFinder, type StackToolchain } from "../stack/stack-toolchain";
import {
  configured,
  DEFAULT_STACK,
  ensureStackProject,
  stackConfigFile,
  stackProjectFolder,
} from "../stack/stack-project";

/** What every verb that speaks of a stack works with. */
export interface Session {
  /** The stack's short name: of its folders, files, containers and labels. */
  readonly stack: string;
  /** The name that pulumi knows it by: on a backend of the user's it may have an organization in front. */
  readonly qualifiedStack: string;
  /** Where the lab keeps kubeconfigs and keys: gone after destroy. */
  readonly stackFolder: string;
  /** The mark of all that the stack owns, as it is when it is read: the state folder may be made in between. */
  readonly owner: Owner;
  readonly backend: Backend;
  /** Where the lab runs, or is to run: where something is rented, or what the settings say; undefined if they say nothing. */
  readonly platform: string | undefined;
  /** The toolchain that the stack was built with, or is to be built with. It is determined again until it is prepared. */
  readonly toolchain: StackToolchain;
  /** Environment of `pulumi` and of the lab's tools, those of its toolchain. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What kubectl keeps of a stack's clusters, in the stack's folder. */
export const KUBECTL_CACHE = "kube-cache";

/**
 * Opens a stack; makes nothing.
 * @param stack the stack's name, short or qualified. Default: `dev`, or the only stack there is
 * @param overrides what `-c` sets now
 * @param use `update`: the configuration may name another version set than the one that the stack was built with. Default: `work`
 * @throws UserError if the name is not allowed, or is another project's
 */
export function openSession(
  stack?: string,
  overrides: Readonly<Record<string, unknown>> = {},
  use: "work" | "update" = "work",
): Session {
  const backend = backendOf();
  const given = stack ?? onlyStack(stacksOf(backend)) ?? DEFAULT_STACK;
  const { short, qualified } = parseStackName(given, backend.ownFolder !== undefined);
  const folder = resolve(stackFolder(short));
  const platform = platformOf(backend, short, overrides);
  const toolchain = toolchainFinder({ backend, stack: short }, overrides, use === "update");
  const environments = new Map<string, Session["env"]>();
  return {
    stack: short,
    qualifiedStack: qualified,
    stackFolder: folder,
    get owner() {
      return readOwner(short) ?? { stack: short, stateId: "", stateFolder: stateFolder() };
    },
    backend,
    platform,
    get toolchain() {
      return toolchain();
    },
    get env() {
      const tools = toolchainFolder(toolchain().key);
      const env = environments.get(tools) ?? {
        ...pulumiEnvironment(backend, tools, platform),
        // kubectl keeps 1.4 MB of each cluster, by default in the home folder for ever.
        KUBECACHEDIR: join(folder, KUBECTL_CACHE),
      };
      environments.set(tools, env);
      return env;
    },
  };
}

/**
 * Call it before anything is made for the stack.
 * @throws UserError if another stack would share its Docker names
 */
export function assertOwnName({ stack, backend }: Session): void {
  assertDistinctName(stack, stacksOf(backend));
}

/** Runs a `pulumi` command that needs no program, in the stack's own folder, which the checkout's configuration never notices. */
export async function stackCommand(session: Session, args: readonly string[]): Promise<PulumiResult> {
  ensureStackProject(session.stack);
  const cwd = stackProjectFolder(session.stack);
  return runPulumi([...args, "--stack", session.qualifiedStack], { cwd, env: session.env });
}

/** Arguments and options of an update in the checkout. */
export function updateArguments(session: Session, verb: "up" | "preview" | "destroy" | "refresh"): readonly string[] {
  return [verb, "--stack", session.qualifiedStack, "--config-file", stackConfigFile(session.stack)];
}

/** Where an update runs. */
export function updateOptions(session: Session) {
  return { cwd: PROJECT_FOLDER, env: session.env, stackFolder: session.stackFolder };
}

/** Whether the backend knows the stack. */
export async function stackExists(session: Session): Promise<boolean> {
  const { ownFolder } = session.backend;
  if (ownFolder !== undefined) {
    return existsSync(checkpointFile(ownFolder, session.stack));
  }
  const { exitCode, stderr } = await stackCommand(session, ["stack", "output", "--json"]);
  return exitCode === 0 || !stderr.includes("no stack named");
}

/**
 * A cloud also has to be reached for what a stack has left there, whatever its configuration says by now. Settings that cannot be read say nothing here:
 * most verbs do without them, and those that need them name the file.
 */
function platformOf(backend: Backend, stack: string, overrides: Readonly<Record<string, unknown>>): string | undefined {
  try {
    return rentedFrom(backend, stack) ?? configured(stack, "platform", overrides);
  } catch (error) {
    if (error instanceof UserError) {
      return undefined;
    }
    throw error;
  }
}

/** Of a backend of the user's it is not known which stacks it has. */
export function stacksOf({ ownFolder }: Backend): readonly string[] {
  return ownFolder === undefined ? [] : ownStacks(ownFolder);
}

/** The stack that a verb means without a name, if it is not the default one. */
export function onlyStack(stacks: readonly string[]): string | undefined {
  return stacks.includes(DEFAULT_STACK) || stacks.length !== 1 ? undefined : stacks[0];
}
