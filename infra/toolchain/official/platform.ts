/** An operating system and processor that releases are made for. */
export type Platform = "linux-x64" | "linux-arm64" | "darwin-x64" | "darwin-arm64";

/** All of them, for tables and messages. */
export const platforms: readonly Platform[] = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

/**
 * This machine's platform.
 * @throws Error on any other
 */
export function hostPlatform(system: string = process.platform, processor: string = process.arch): Platform {
  const platform = platforms.find((known) => known === `${system}-${processor}`);
  if (platform) return platform;
  throw new Error(`istio-lab runs on ${platforms.join(", ")}; this machine is ${system}-${processor}`);
}

/** The platform of the containers that this machine's engine runs: Linux, on the same processor. */
export function containerPlatform(host: Platform): Platform {
  return host.endsWith("arm64") ? "linux-arm64" : "linux-x64";
}
