import { describe, expect, it } from "vitest";
import { detourOf } from "../../lab/cli/look/detour";
import { FakeBin } from "../support/fake-bin";

const network = { name: "net", cidr: "192.168.10.0/24", loadBalancerPool: "p", note: "" };

/** What is said of a machine with these routes. */
function detour(routes: string, platform: "local" | "aws" = "local") {
  const bin = new FakeBin({ ip: `cat <<'ROUTES'\n${routes}\nROUTES` });
  const env = bin.environment;
  return detourOf({ platform, network }, env);
}

const BRIDGE = "192.168.10.0/24 dev br-0123456789ab proto kernel scope link src 192.168.10.1";
const VPN = "192.168.10.0/25 dev tun0 scope link";

describe("a route that leads away from the lab's network", () => {
  it.each([
    ["is narrower, as a VPN makes it", `${BRIDGE}\n${VPN}`, "192.168.10.0/25 dev tun0"],
    ["leads to one host", `${BRIDGE}\n192.168.10.200 via 10.0.0.1 dev wg0`, "192.168.10.200/32 dev wg0"],
    ["is as wide, by another device", `192.168.10.0/24 dev tun0 scope link\n${BRIDGE}`, "192.168.10.0/24 dev tun0"],
    ["is a dead end", `${BRIDGE}\nblackhole 192.168.10.128/25`, "192.168.10.128/25"],
  ])("is named if it %s", async (_, routes, route) => {
    expect(await detour(routes)).toBe(
      `the route ${route} leads away from the lab's network 192.168.10.0/24; take it down, e.g. end the VPN`,
    );
  });

  it.each<[string, string, ("local" | "aws")?]>([
    ["there is only the one to the lab's bridge", BRIDGE],
    [
      "all others are wider, which give way",
      `${BRIDGE}\n192.168.0.0/16 dev tun0\n0.0.0.0/1 dev tun0\ndefault via 10.0.0.1`,
    ],
    ["it leads somewhere else", `${BRIDGE}\n10.8.0.0/25 dev tun0`],
    ["the lab is on AWS", VPN, "aws"],
  ])("is not found if %s", async (_, routes, platform) => {
    expect(await detour(routes, platform)).toBeUndefined();
  });
});
