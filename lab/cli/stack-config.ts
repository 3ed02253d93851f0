/** What a stack's configuration file holds. */
export interface StackConfig {
  readonly encryptionsalt?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly [other: string]: unknown;
}

/**
 * Configuration that an `up` uses: the checkout's, then what `-c` has set. The salt is the checkout's if it encrypts secrets there. Otherwise Pulumi
 * takes the one that the stack itself keeps: a salt that a plain `pulumi up` has left does not fit a stack that was built anew.
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
