import type { Platform } from "./platform";

/** In Docker on this machine. */
export const local: Platform = {
  name: "local",
  isOnEngine: true,
  hasKubeadm: true,
  provider: undefined,
  variables: [],
  region: undefined,
  preflight: async (config, situation) => (await import("./engine-preflight")).enginePreflight(config, situation),
};
