import { existsSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { claimFolder } from "../../../infra/core/folder-marker";
import { stackProjectFolder, type Environment } from "../../../infra/core/paths";
import { ensureOwner } from "../../../infra/core/state-folders";
import { PROJECT } from "../pulumi/backend";
import { assertOwnState } from "../pulumi/own-state";
import { checkoutConfig, mergeConfig, type StackConfig } from "./stack-config";
import { UserError } from "../ui/user-error";
import { isSettings, readYaml, writeChanged } from "./yaml-file";

export { stackProjectFolder };

/** The stack that `up` builds if nothing else is said; its Pulumi.dev.yaml is tracked. */
export const DEFAULT_STACK = "dev";

/** Pulumi reads YAML 1.1, in which a time or a `yes` without quotation marks is no text. */
const FOR_PULUMI = { version: "1.1" } as const;

/**
 * The copy of the stack's configuration, with what `-c` has set. Pulumi writes the passphrase's salt there, and the one in the checkout must stay as
 * it is; so `up` reads this copy by `--config-file`, and what needs no program runs in its folder.
 */
export function stackConfigFile(stack: string, env: Environment = process.env): string {
  return join(stackProjectFolder(stack, env), `Pulumi.${stack}.yaml`);
}

/**
 * Makes the stack's folder a Pulumi project of the same name, which is all that a command without a program wants.
 * @throws UserError if the folder, or the state folder that it is in, is somebody else's
 */
export function ensureStackProject(stack: string, env: Environment = process.env): void {
  const folder = stackProjectFolder(stack, env);
  if (!existsSync(folder)) {
    assertOwnState(env);
  }
  try {
    const { stateId } = ensureOwner(stack, env);
    claimFolder(folder, { marker: { id: stateId, stack }, isKnown: (names) => names.includes("Pulumi.yaml") });
  } catch (error) {
    throw new UserError((error as Error).message, 1, { cause: error });
  }
  writeChanged(join(folder, "Pulumi.yaml"), stringify({ name: PROJECT, runtime: "nodejs" }));
}

/**
 * Writes the configuration that the next update reads.
 * @param overrides what `-c` sets now; `keepOverrides` keeps it for later runs
 * @returns the configuration as it is now
 */
export function writeStackConfig(
  stack: string,
  overrides: Readonly<Record<string, unknown>> = {},
  env: Environment = process.env,
): StackConfig {
  ensureStackProject(stack, env);
  const kept = keptWith(stack, overrides, env);
  const file = stackConfigFile(stack, env);
  const config = mergeConfig(checkoutConfig(stack), kept);
  writeChanged(file, stringify(config, FOR_PULUMI));
  return config;
}

/** Keeps what `-c` has set for later runs, as `pulumi config set` does; called once the program has accepted it. */
export function keepOverrides(
  stack: string,
  overrides: Readonly<Record<string, unknown>>,
  env: Environment = process.env,
): void {
  const file = keptFile(stack, env);
  if (Object.keys(overrides).length > 0) {
    writeChanged(file, stringify(keptWith(stack, overrides, env), FOR_PULUMI));
  }
}

/** What `-c` has set before and sets now; one without a value is forgotten, and the file's holds again. */
export function keptWith(
  stack: string,
  overrides: Readonly<Record<string, unknown>>,
  env: Environment,
): Readonly<Record<string, unknown>> {
  const all = Object.entries({ ...keptOverrides(stack, env), ...overrides });
  return Object.fromEntries(all.filter(([, value]) => value !== ""));
}

/**
 * What the configuration of a stack says of a setting; undefined if it says nothing: then it is the default.
 * @param key without the project's name, e.g. `lab`
 * @param overrides what `-c` sets now
 */
export function configured(
  stack: string,
  key: string,
  overrides: Readonly<Record<string, unknown>> = {},
): string | undefined {
  return textIn(settingsOf(stack, overrides), key);
}

/**
 * All settings of a stack by full key, without those that are encrypted.
 * @param overrides what `-c` sets now
 */
export function settingsOf(
  stack: string,
  overrides: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const all = Object.entries({ ...checkoutConfig(stack).config, ...keptWith(stack, overrides, process.env) });
  return Object.fromEntries(all.filter(([, value]) => !(isSettings(value) && "secure" in value)));
}

/** The lab that the tracked configuration of the default stack names. */
export function defaultLab(): string | undefined {
  return defaultSetting("lab");
}

/** What the tracked configuration of the default stack says of a setting. */
export function defaultSetting(key: string): string | undefined {
  return textIn(checkoutConfig(DEFAULT_STACK).config ?? {}, key);
}

function textIn(config: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = config[`${PROJECT}:${key}`];
  return typeof value === "string" ? value : undefined;
}

/** What `-c` has set before. */
function keptOverrides(stack: string, env: Environment): Record<string, unknown> {
  return readYaml(keptFile(stack, env), "remove it, and give the settings of -c again");
}

function keptFile(stack: string, env: Environment): string {
  return join(stackProjectFolder(stack, env), "overrides.yaml");
}
