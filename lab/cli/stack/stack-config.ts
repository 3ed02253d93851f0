import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FOLDER } from "../pulumi/backend";
import { UserError } from "../ui/user-error";
import { isSettings, readYaml } from "./yaml-file";

/** What a stack's configuration file holds. */
export interface StackConfig {
  readonly encryptionsalt?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly [other: string]: unknown;
}

/**
 * Configuration that an `up` uses: the checkout's, then what `-c` has set. The salt is the checkout's if it encrypts secrets there. Otherwise Pulumi
 * takes the one that the stack itself keeps: a salt that a plain `pulumi up` has left does not fit a stack that was built again.
 */
export function mergeConfig(
  { encryptionsalt, ...checkout }: StackConfig,
  kept: Readonly<Record<string, unknown>>,
): StackConfig {
  const salt = encryptionsalt !== undefined && holdsSecret(checkout.config) ? { encryptionsalt } : {};
  return { ...salt, ...checkout, config: { ...checkout.config, ...kept } };
}

/** Pulumi writes a secret as `secure: …`, at any depth. */
function holdsSecret(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.entries(value).some(([key, each]) => (key === "secure" && typeof each === "string") || holdsSecret(each))
  );
}

/** What Pulumi reads at the top of a stack's settings. */
const PULUMIS_KEYS = ["config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt"];

/** Endings that Pulumi ignores in a project whose own file is Pulumi.yaml. */
const IGNORED_ENDINGS = ["yml", "json"];

/**
 * The checkout's configuration of a stack.
 * @throws UserError that names the file if it is damaged, or if Pulumi ignores it or one of its settings
 */
export function checkoutConfig(stack: string): StackConfig {
  const file = join(PROJECT_FOLDER, `Pulumi.${stack}.yaml`);
  const ignored = IGNORED_ENDINGS.map((ending) => `Pulumi.${stack}.${ending}`).find((name) =>
    existsSync(join(PROJECT_FOLDER, name)),
  );
  if (ignored !== undefined) {
    throw new UserError(`${ignored}: Pulumi ignores this file; move its settings to Pulumi.${stack}.yaml`);
  }
  const content = readYaml(file);
  const stray = Object.keys(content).filter((key) => !PULUMIS_KEYS.includes(key));
  if (stray.length > 0) {
    throw new UserError(
      `${file}: "${stray.join('", "')}" at the top; settings go below config:, e.g. istio-lab:portBase`,
    );
  }
  if (content["config"] !== undefined && content["config"] !== null && !isSettings(content["config"])) {
    throw new UserError(
      `${file}: config holds ${JSON.stringify(content["config"])}, and settings by name are wanted; correct it`,
    );
  }
  return content;
}
