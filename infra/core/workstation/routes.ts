import { overlaps, parseCidr } from "../addresses";
import type { Surroundings } from "./surroundings";

/** A route of this machine to a network that is somebody's. */
export interface Route {
  /** Where it leads, e.g. `10.1.0.0/16`. */
  readonly cidr: string;
  /** By which interface; empty if several lead there, or none. */
  readonly device: string;
  /** Packets are dropped on purpose: `blackhole`, `unreachable`, `prohibit`, `throw`. */
  readonly isDeadEnd: boolean;
}

/** The largest private network is 10.0.0.0/8: a route to more leads to the internet, whole or in parts. */
const LARGEST_NETWORK = 8;

const LINE =
  /^(?:(?<type>unicast|blackhole|unreachable|prohibit|throw|local|broadcast|multicast|anycast|nat)\s+)?(?<cidr>\d+(?:\.\d+){3}(?:\/\d+)?)(?=\s|$)/;
const DEAD_ENDS: readonly (string | undefined)[] = ["blackhole", "unreachable", "prohibit", "throw"];

/** The routes of this machine; none if it has no `ip`, as on macOS, where the engine's network is another machine's. */
export async function readRoutes({ ask }: Pick<Surroundings, "ask">): Promise<readonly Route[]> {
  // Not `ip -json`: BusyBox has no such option, and docker-network-ensure.sh reads the same text.
  return parseRoutes((await ask("ip", ["-4", "route", "show"])).stdout);
}

/**
 * Reads `ip route show`. Default routes are left out, also those in parts: many VPNs send everything through 0.0.0.0/1 and 128.0.0.0/1, so that
 * the default route itself stays as it was.
 */
export function parseRoutes(text: string): Route[] {
  return text.split("\n").flatMap((line) => {
    const { type, cidr: destination } = LINE.exec(line)?.groups ?? {};
    if (destination === undefined) {
      return [];
    }
    const cidr = destination.includes("/") ? destination : `${destination}/32`;
    const device = /\sdev (\S+)/.exec(line)?.[1] ?? "";
    const isDefault = parseCidr(cidr).prefix < LARGEST_NETWORK;
    return isDefault ? [] : [{ cidr, device, isDeadEnd: DEAD_ENDS.includes(type) }];
  });
}

/**
 * Does a route conflict with a network that is not to become a route of this machine, as those of pods and services? What leads to a dead end
 * leads to nobody.
 */
export function hidesNetwork(cidr: string, route: Route): boolean {
  return !route.isDeadEnd && overlaps(parseCidr(cidr), parseCidr(route.cidr));
}

/**
 * Does a route conflict with a network that is to become a route of this machine? A dead end is only if it is as narrow as the network: a wider
 * one, such as `unreachable 10.0.0.0/8` of a VPN, gives way to the narrower route.
 */
export function hidesBridge(cidr: string, route: Route): boolean {
  const [network, destination] = [parseCidr(cidr), parseCidr(route.cidr)];
  return overlaps(network, destination) && (!route.isDeadEnd || destination.prefix >= network.prefix);
}
