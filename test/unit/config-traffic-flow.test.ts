import { describe, expect, it } from "vitest";
import { configProblems } from "../support/config-problems";
import { parseLabConfig } from "../support/lab-config";

const parse = (raw: Record<string, unknown>) => parseLabConfig({ lab: "traffic-flow", ...raw });

const problems = (raw: Record<string, unknown>) => configProblems({ lab: "traffic-flow", ...raw });

describe("the configuration of the traffic-flow lab", () => {
  it("is the notes' if nothing is said, at ports beside the other labs'", () => {
    expect(parse({})).toEqual({
      lab: "traffic-flow",
      platform: "local",
      versions: "auto",
      portBase: 32000,
      clientSshPort: 32022,
      network: { cidr: "172.18.0.0/16", orNextFree: true },
      podCidr: "10.10.0.0/16",
      serviceCidr: "10.200.1.0/24",
      domain: "www.gasida.dev",
      plainPort: false,
    });
  });

  it("takes what the user says", () => {
    expect(
      parse({ portBase: "30000", domain: "lab.example.test", plainPort: "true", networkCidr: "10.70.0.0/24" }),
    ).toMatchObject({
      portBase: 30000,
      clientSshPort: 30022,
      domain: "lab.example.test",
      plainPort: true,
      network: { cidr: "10.70.0.0/24", orNextFree: false },
    });
  });

  it.each<[Record<string, unknown>, ...string[]]>([
    [{ domain: "gasida" }, 'domain: "gasida" is not a host name; write it like www.gasida.dev'],
    [{ domain: "www.Gasida.dev" }, 'domain: "www.Gasida.dev" is not a host name; write it like www.gasida.dev'],
    [{ domain: "10.0.0.1" }, 'domain: "10.0.0.1" is not a host name; write it like www.gasida.dev'],
    [
      { networkCidr: "10.70.0.0/30" },
      "networkCidr: 10.70.0.0/30 is too small for the node and the client host; use a network from /8 to /29",
    ],
    [
      { podCidr: "10.200.0.0/16" },
      "podCidr: 10.200.0.0/16 overlaps serviceCidr 10.200.1.0/24; choose networks that share no address",
    ],
    [
      { portBase: "65520", domain: "x" },
      'domain: "x" is not a host name; write it like www.gasida.dev',
      "portBase: 65520 is out of range; the lab needs the ports up to portBase + 22",
    ],
    [{ plainPort: "yes" }, 'plainPort: "yes" is unknown; write one of true, false'],
    [
      { vms: "[]" },
      "vms: is not a setting of the traffic-flow lab; write one of lab, platform, versions, portBase, networkCidr, podCidr, serviceCidr, domain, plainPort",
    ],
  ])("refuses %j", (raw, ...expected) => {
    expect(problems(raw)).toEqual(expected);
  });
});
