import type { Processor } from "../../core/processor";

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

/** The platform of containers and instances: Linux. */
export function linuxPlatform(processor: Processor): Platform {
  return processor === "arm64" ? "linux-arm64" : "linux-x64";
}
