import { overlaps, parseCidr } from "../../../infra/core/addresses";
import { ask } from "../../../infra/core/child";
import { readRoutes, type Route } from "../../../infra/core/workstation/routes";
import type { LabOutputs } from "../../program/outputs";
import { platformNamed } from "../../program/platforms/platforms";
import type { Session } from "../pulumi/session";

/**
 * Tells which route of this machine takes packets for the lab's network elsewhere, as that of a VPN does that was started after the lab.
 * @returns a sentence that names it and what to do; undefined if there is none, or if the lab is not on this machine
 */
export async function detourOf(
  { platform, network }: Pick<LabOutputs, "platform" | "network">,
  env: Session["env"],
): Promise<string | undefined> {
  if (!platformNamed(platform).isOnEngine) {
    return undefined;
  }
  const { cidr } = network;
  const routes = await readRoutes({ ask: (command, words) => ask(command, words, { env }) });
  const detour = routes.find((route) => leadsAway(cidr, route));
  return detour === undefined
    ? undefined
    : `the route ${detour.cidr}${detour.device === "" ? "" : ` dev ${detour.device}`} leads away from the lab's network ${cidr}; take it down, e.g. end the VPN`;
}

/** The narrowest route wins, and the one to the lab's own bridge is as wide as the network. */
function leadsAway(cidr: string, route: Route): boolean {
  const [network, destination] = [parseCidr(cidr), parseCidr(route.cidr)];
  return (
    overlaps(network, destination) &&
    (destination.prefix > network.prefix || (destination.prefix === network.prefix && !route.device.startsWith("br-")))
  );
}
