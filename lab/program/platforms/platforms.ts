import { aws } from "./aws";
import { local } from "./local";
import type { Platform } from "./platform";

/** The platforms: a line each. */
const PLATFORMS: readonly [Platform, ...Platform[]] = [local, aws];

/** Of a name that no platform has nothing is known, so nothing is looked for and nothing is rented. */
const UNKNOWN: Platform = {
  name: "unknown",
  isOnEngine: false,
  hasKubeadm: false,
  provider: undefined,
  variables: [],
  region: undefined,
  preflight: () => Promise.resolve([]),
};

/** The platform that is meant if none is named. */
export const DEFAULT_PLATFORM = PLATFORMS[0].name;

/** Finds a platform; outputs of an `up` that did not come to its end name none. */
export function platformNamed(name: string | undefined): Platform {
  return PLATFORMS.find((platform) => platform.name === name) ?? UNKNOWN;
}

/** Tells from Pulumi's type of a resource that it is rented. */
export function isRented(type: string): boolean {
  return PLATFORMS.some(({ provider }) => provider !== undefined && type.startsWith(`${provider}:`));
}

/**
 * The platform whose provider has made something of a stack.
 * @param state the text of Pulumi's state
 */
export function rentingPlatform(state: string): Platform | undefined {
  return PLATFORMS.find(({ provider }) => provider !== undefined && state.includes(`"pulumi:providers:${provider}"`));
}
