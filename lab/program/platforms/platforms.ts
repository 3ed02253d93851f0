import { aws } from "./aws";
import { local } from "./local";
import type { Platform } from "./platform";

/** The platforms: a line each. The first one is the default. */
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

/**
 * Finds a platform.
 * @param name default: that of the default platform
 */
export function platformNamed(name: string = PLATFORMS[0].name): Platform {
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
