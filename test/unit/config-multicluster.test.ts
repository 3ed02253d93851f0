import { describe, expect, it } from "vitest";
import type { MultiClusterLabConfig } from "../../lab/multicluster/config/schema";
import { configProblems } from "../support/config-problems";
import { parseLabConfig } from "../support/lab-config";

function parseMulti(raw: Record<string, unknown>): MultiClusterLabConfig {
  const config = parseLabConfig({ lab: "multicluster", ...raw });
  expect(config.lab).toBe("multicluster");
  return config as MultiClusterLabConfig;
}

const problems = (raw: Record<string, unknown>) => configProblems({ lab: "multicluster", ...raw });

/** West as given and east as it is. */
const west = (settings: Record<string, unknown>) => ({ clusters: [{ name: "west", ...settings }, { name: "east" }] });
const named = (...names: string[]) => ({ clusters: names.map((name) => ({ name })) });

const KEYS = "lab, platform, versions, portBase, networkCidr, clusters, localityFailover, allowOnlyIngress";
const AT_LEAST_TWO = 'a mesh of several clusters needs at least two; write e.g. [{"name":"west"},{"name":"east"}]';
const LABEL_VALUE =
  "is not a label value; use letters, digits, hyphens, underscores and dots, at most 63, a letter or digit first and last";

const WEST = {
  name: "west",
  podCidr: "10.10.0.0/16",
  serviceCidr: "10.100.0.0/24",
  region: "westus",
  zone: "0",
  loadBalancerPool: { first: 65381, last: 65400 },
  portBase: 31000,
  given: {},
};
const EAST = {
  name: "east",
  podCidr: "10.20.0.0/16",
  serviceCidr: "10.200.0.0/24",
  region: "eastus",
  zone: "0",
  loadBalancerPool: { first: 65481, last: 65500 },
  portBase: 31100,
  given: {},
};

describe("the configuration of the multicluster lab", () => {
  it("is the notes' if nothing is said, on ports beside the vm lab's", () => {
    expect(parseMulti({})).toEqual({
      lab: "multicluster",
      platform: "local",
      versions: "auto",
      network: { cidr: "172.18.0.0/16", orNextFree: true },
      clusters: [WEST, EAST],
      clientSshPort: 31022,
      localityFailover: true,
      allowOnlyIngress: false,
    });
  });

  it("lets the user decide everything about a cluster", () => {
    const given = {
      podCidr: "10.60.0.0/16",
      serviceCidr: "10.61.0.0/24",
      loadBalancerPool: "172.18.1.0 - 172.18.1.255",
      portBase: "32500",
    };
    const settings = { ...given, region: "us-west-1", zone: "b" };
    expect(parseMulti(west(settings)).clusters).toEqual([
      { name: "west", ...settings, loadBalancerPool: { first: 256, last: 511 }, portBase: 32500, given },
      EAST,
    ]);
  });

  /** Pods, services, first address of the pool, and port base: of west, east, north, south, and of three others. */
  const PLACES = [
    ["10.10.0.0/16", "10.100.0.0/24", 65381, 31000],
    ["10.20.0.0/16", "10.200.0.0/24", 65481, 31100],
    ["10.30.0.0/16", "10.101.0.0/24", 65401, 31200],
    ["10.40.0.0/16", "10.201.0.0/24", 65501, 31300],
    ["10.50.0.0/16", "10.102.0.0/24", 65421, 31400],
    ["10.60.0.0/16", "10.202.0.0/24", 65441, 31500],
    ["10.70.0.0/16", "10.103.0.0/24", 65461, 31600],
  ] as const;
  it.each<[string, readonly string[], readonly number[]]>([
    ["four familiar clusters their own, in any order", ["south", "north", "east", "west"], [3, 2, 1, 0]],
    ["a familiar cluster its own without the one before it", ["west", "north"], [0, 2]],
    ["other clusters what is free, in the list's order", ["paris", "east", "rome", "north"], [0, 1, 3, 2]],
    ["seven clusters no address twice", ["a", "b", "c", "d", "e", "f", "g"], [0, 1, 2, 3, 4, 5, 6]],
  ])("gives %s", (_, names, places) => {
    const clusters = parseMulti(named(...names)).clusters.map(
      ({ podCidr, serviceCidr, loadBalancerPool: { first, last }, portBase }) => {
        expect(last - first + 1).toBe(20);
        return [podCidr, serviceCidr, first, portBase];
      },
    );
    expect(clusters).toEqual(places.map((place) => PLACES[place]));
  });

  it("derives ports from the port base and pools from the network that are asked for", () => {
    const config = parseMulti({ portBase: "33000", networkCidr: "192.168.60.0/24" });
    expect(config.network).toEqual({ cidr: "192.168.60.0/24", orNextFree: false });
    expect(config.clientSshPort).toBe(33022);
    expect(config.clusters.map(({ portBase, loadBalancerPool }) => [portBase, loadBalancerPool])).toEqual([
      [33000, { first: 101, last: 120 }],
      [33100, { first: 201, last: 220 }],
    ]);
  });

  it.each<[unknown, boolean]>([
    ["true", true],
    ["false", false],
    [true, true],
    [false, false],
  ])("takes yes and no as Pulumi gives them: %j", (given, expected) => {
    const { localityFailover, allowOnlyIngress } = parseMulti({ localityFailover: given, allowOnlyIngress: given });
    expect([localityFailover, allowOnlyIngress]).toEqual([expected, expected]);
  });

  it("takes a zone as a number, as it is written in YAML", () => {
    expect(parseMulti(west({ zone: 1 })).clusters.map(({ zone }) => zone)).toEqual(["1", "0"]);
  });

  it.each<[string, Record<string, unknown>, ...string[]]>([
    [
      "settings of the vm lab",
      { vms: [{ name: "forum-vm" }], podCidr: "10.60.0.0/16" },
      `vms: is not a setting of the multicluster lab; write one of ${KEYS}`,
      `podCidr: is not a setting of the multicluster lab; write one of ${KEYS}`,
    ],
    ["a key that is no setting of any lab", { failover: "true" }, `failover: is not a setting; write one of ${KEYS}`],
    [
      "a key that is no setting of a cluster",
      west({ pool: "x" }),
      "clusters[0].pool: is not a setting; write one of name, podCidr, serviceCidr, region, zone, loadBalancerPool, portBase",
    ],
    [
      "a yes that is none",
      { localityFailover: "yes", allowOnlyIngress: 1 },
      'localityFailover: "yes" is unknown; write one of true, false',
      "allowOnlyIngress: 1 is unknown; write one of true, false",
    ],
    ["clusters that are no list", { clusters: "west" }, 'clusters: "west" is not of type array'],
    [
      "a cluster without a name",
      { clusters: [{}, { name: "east" }] },
      "clusters[0].name: nothing is not of type string",
    ],
    ["no cluster", named(), `clusters: no cluster is named; ${AT_LEAST_TWO}`],
    ["one cluster only", named("west"), `clusters: only one cluster, "west", is named; ${AT_LEAST_TWO}`],
    [
      "eight clusters",
      named("a", "b", "c", "d", "e", "f", "g", "h"),
      "clusters: 8 clusters are named, and the lab has addresses for 7; take 1 off the list",
    ],
    [
      "two clusters of one name",
      named("west", "west"),
      'clusters[1].name: "west" is there twice; give every cluster a name of its own',
    ],
    [
      "a cluster named like the client host",
      named("west", "mypc"),
      'clusters[1].name: "mypc" is the name of the client host; choose another, e.g. north',
    ],
    [
      "names that are no DNS labels",
      named("West", "-", "e.t"),
      ...['"West"', '"-"', '"e.t"'].map(
        (given, index) =>
          `clusters[${index}].name: ${given} is not a DNS label; use lower case letters, digits and hyphens, e.g. west`,
      ),
    ],
    [
      "a name that is too long",
      named("abcdefghijabcdefghij", "abcdefghijabcdefghijk"),
      'clusters[1].name: "abcdefghijabcdefghijk" has 21 characters; use at most 20',
    ],
    [
      "a region and a zone that are no label values",
      west({ region: "west us", zone: "-1" }),
      `clusters[0].region: "west us" ${LABEL_VALUE}, e.g. westus`,
      `clusters[0].zone: "-1" ${LABEL_VALUE}, e.g. 0`,
    ],
    [
      "a region of 64 letters, an empty zone",
      west({ region: "a".repeat(64), zone: "" }),
      `clusters[0].region: "${"a".repeat(64)}" ${LABEL_VALUE}, e.g. westus`,
      `clusters[0].zone: "" ${LABEL_VALUE}, e.g. 0`,
    ],
  ])("fails for %s and says what was given and what would be right", (_, raw, ...expected) => {
    expect(problems(raw)).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>, ...string[]]>([
    [
      "pods of two clusters",
      { clusters: [{ name: "west" }, { name: "east", podCidr: "10.10.0.0/16" }] },
      "clusters[1].podCidr: 10.10.0.0/16 overlaps clusters[0].podCidr 10.10.0.0/16",
    ],
    [
      "pods that are written and pods that are derived: the former are to blame",
      west({ podCidr: "10.20.128.0/17" }),
      "clusters[0].podCidr: 10.20.128.0/17 overlaps clusters[1].podCidr 10.20.0.0/16",
    ],
    [
      "pods and services of one cluster",
      west({ podCidr: "10.60.0.0/16", serviceCidr: "10.60.1.0/24" }),
      "clusters[0].serviceCidr: 10.60.1.0/24 overlaps clusters[0].podCidr 10.60.0.0/16",
    ],
    [
      "services of two clusters",
      west({ serviceCidr: "10.200.0.0/16" }),
      "clusters[0].serviceCidr: 10.200.0.0/16 overlaps clusters[1].serviceCidr 10.200.0.0/24",
    ],
    [
      "pods and the lab's network",
      west({ podCidr: "172.18.0.0/17" }),
      "clusters[0].podCidr: 172.18.0.0/17 overlaps networkCidr 172.18.0.0/16",
    ],
    [
      "a network that is written and what is derived",
      { networkCidr: "10.100.0.0/16" },
      "networkCidr: 10.100.0.0/16 overlaps clusters[0].serviceCidr 10.100.0.0/24",
    ],
  ])("fails for an overlap of %s", (_, raw, ...expected) => {
    expect(problems(raw)).toEqual(expected.map((line) => `${line}; choose networks that share no address`));
  });

  it.each<[string, string, string | undefined]>([
    [
      "is malformed",
      "172.18.255.101",
      '"172.18.255.101" is not a range of addresses; write it like 172.18.255.101-172.18.255.120',
    ],
    ["has a name", "a-b", '"a-b" is not a range of addresses; write it like 172.18.255.101-172.18.255.120'],
    [
      "is reversed",
      "172.18.255.120-172.18.255.101",
      '"172.18.255.120-172.18.255.101" is reversed; did you mean 172.18.255.101-172.18.255.120?',
    ],
    [
      "is outside the network",
      "172.19.255.101-172.19.255.120",
      "172.19.255.101-172.19.255.120 is not in the lab's network 172.18.0.0/16; choose addresses from 172.18.0.16 to 172.18.255.254",
    ],
    [
      "begins before the network",
      "172.17.255.254-172.18.0.20",
      "172.17.255.254-172.18.0.20 is not in the lab's network 172.18.0.0/16; choose addresses from 172.18.0.16 to 172.18.255.254",
    ],
    [
      "has one address",
      "172.18.2.1-172.18.2.1",
      "172.18.2.1-172.18.2.1 is one address; give the ingress gateway and the east-west gateway one each",
    ],
    ["has two addresses", "172.18.2.1-172.18.2.2", undefined],
    [
      "touches the nodes",
      "172.18.0.15-172.18.0.99",
      "172.18.0.15-172.18.0.99 holds addresses that Docker hands out to nodes; begin at 172.18.0.16 or later",
    ],
    ["begins after the nodes and ends before the client host", "172.18.0.16-172.18.0.99", undefined],
    [
      "begins with the client host",
      "172.18.0.100-172.18.0.110",
      "172.18.0.100-172.18.0.110 holds 172.18.0.100, the client host mypc; choose a pool without it",
    ],
    [
      "ends with the client host",
      "172.18.0.90-172.18.0.100",
      "172.18.0.90-172.18.0.100 holds 172.18.0.100, the client host mypc; choose a pool without it",
    ],
    [
      "ends with the broadcast address",
      "172.18.255.230-172.18.255.255",
      "172.18.255.230-172.18.255.255 ends in the broadcast address of 172.18.0.0/16; end at 172.18.255.254 or before",
    ],
    ["ends before the broadcast address", "172.18.255.230-172.18.255.254", undefined],
    [
      "ends in the other cluster's",
      "172.18.255.190-172.18.255.201",
      "172.18.255.190-172.18.255.201 overlaps clusters[1].loadBalancerPool 172.18.255.201-172.18.255.220; choose pools that share no address",
    ],
    [
      "begins in the other cluster's",
      "172.18.255.220-172.18.255.230",
      "172.18.255.220-172.18.255.230 overlaps clusters[1].loadBalancerPool 172.18.255.201-172.18.255.220; choose pools that share no address",
    ],
  ])("looks at a load balancers' pool that %s", (_, pool, problem) => {
    expect(problems(west({ loadBalancerPool: pool }))).toEqual(
      problem === undefined ? [] : [`clusters[0].loadBalancerPool: ${problem}`],
    );
  });

  it("blames the later one of two pools that the user wrote", () => {
    const clusters = [
      { name: "west", loadBalancerPool: "172.18.2.1-172.18.2.9" },
      { name: "east", loadBalancerPool: "172.18.2.9-172.18.2.20" },
    ];
    expect(problems({ clusters })).toEqual([
      "clusters[1].loadBalancerPool: 172.18.2.9-172.18.2.20 overlaps clusters[0].loadBalancerPool 172.18.2.1-172.18.2.9; choose pools that share no address",
    ]);
  });

  it("reads a pool by the network that is asked for", () => {
    const pool = { loadBalancerPool: "192.168.60.30-192.168.60.40" };
    expect(parseMulti({ networkCidr: "192.168.60.0/24", ...west(pool) }).clusters[0]?.loadBalancerPool).toEqual({
      first: 30,
      last: 40,
    });
  });

  it("fails for a network smaller than a /24, whatever the pools", () => {
    expect(problems({ networkCidr: "192.168.60.0/25" })).toEqual([
      "networkCidr: 192.168.60.0/25 is too small for nodes, client and load balancers; use a network from /8 to /24",
    ]);
  });

  it.each<[string, Record<string, unknown>, ...string[]]>([
    [
      "a port base below 1024",
      { portBase: "80", ...west({ portBase: 81 }) },
      'portBase: "80" is out of range; use a port from 1024 to 65535',
      "clusters[0].portBase: 81 is out of range; use a port from 1024 to 65535",
    ],
    [
      "a port base after which east finds no ports",
      { portBase: 65430 },
      "portBase: port 65537 is out of range; the lab needs the ports up to portBase + 107",
    ],
    [
      "a port base after which east finds no ports, though west has others",
      { portBase: 65430, ...west({ portBase: 40000 }) },
      "portBase: port 65537 is out of range; the lab needs the ports up to portBase + 107",
    ],
    [
      "a cluster's port base at the end",
      west({ portBase: 65530 }),
      "clusters[0].portBase: port 65537 is out of range; the lab needs the ports up to clusters[0].portBase + 7",
    ],
    [
      "ports of one cluster that are derived for another",
      west({ portBase: 31095 }),
      "clusters[0].portBase: port 31100 is used twice, by portBase too; choose another",
    ],
    [
      "ports of two clusters that the user wrote",
      {
        clusters: [
          { name: "west", portBase: 32000 },
          { name: "east", portBase: 32005 },
        ],
      },
      "clusters[1].portBase: port 32005 is used twice, by clusters[0].portBase too; choose another",
    ],
    [
      "ports that the user wrote, one of them as it would have been derived",
      {
        clusters: [
          { name: "west", portBase: 31000 },
          { name: "east", portBase: 31005 },
        ],
      },
      "clusters[1].portBase: port 31005 is used twice, by clusters[0].portBase too; choose another",
    ],
    [
      "a cluster on the client's SSH port",
      west({ portBase: 31015 }),
      "clusters[0].portBase: port 31022 is used twice, by portBase too; choose another",
    ],
  ])("fails for %s", (_, raw, ...expected) => {
    expect(problems(raw)).toEqual(expected);
  });

  it("reports every problem at once, and guesses nothing about what it could not read", () => {
    const clusters = [
      { name: "mypc", podCidr: "10.0.0.0/8", region: "west us", loadBalancerPool: "x" },
      { name: "east", podCidr: "10.20.0.1/16", serviceCidr: "10.60.0.0/16", portBase: "x", colour: "red" },
    ];
    expect(problems({ platform: "gcp", vms: [], clusters })).toEqual([
      'platform: "gcp" is unknown; write one of local, aws',
      'clusters[0].region: "west us" ' + `${LABEL_VALUE}, e.g. westus`,
      'clusters[0].loadBalancerPool: "x" is not a range of addresses; write it like 172.18.255.101-172.18.255.120',
      'clusters[1].podCidr: "10.20.0.1/16" has host bits set; did you mean 10.20.0.0/16?',
      'clusters[1].portBase: "x" is not a whole number in digits; use a port from 1024 to 65535',
      "clusters[1].colour: is not a setting; write one of name, podCidr, serviceCidr, region, zone, loadBalancerPool, portBase",
      "clusters[0].podCidr: 10.0.0.0/8 overlaps clusters[0].serviceCidr 10.100.0.0/24; choose networks that share no address",
      "clusters[1].serviceCidr: 10.60.0.0/16 overlaps clusters[0].podCidr 10.0.0.0/8; choose networks that share no address",
      'clusters[0].name: "mypc" is the name of the client host; choose another, e.g. north',
      `vms: is not a setting of the multicluster lab; write one of ${KEYS}`,
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "network, for pools of it",
      { networkCidr: "192.168.60.1/24", ...west({ loadBalancerPool: "192.168.60.30-192.168.60.40" }) },
      'networkCidr: "192.168.60.1/24" has host bits set; did you mean 192.168.60.0/24?',
    ],
    [
      "network, for pods where the notes have theirs",
      { networkCidr: "x", ...west({ podCidr: "172.18.0.0/16" }) },
      'networkCidr: "x" is not an IPv4 CIDR; write it like 192.168.10.0/24',
    ],
    [
      "pool, for another cluster's",
      {
        clusters: [
          { name: "west", loadBalancerPool: "x" },
          { name: "east", loadBalancerPool: "172.18.255.101-172.18.255.120" },
        ],
      },
      'clusters[0].loadBalancerPool: "x" is not a range of addresses; write it like 172.18.255.101-172.18.255.120',
    ],
    [
      "port base, for a cluster's",
      { portBase: "x", ...west({ portBase: 31100 }) },
      'portBase: "x" is not a whole number in digits; use a port from 1024 to 65535',
    ],
    [
      "cluster's port base, for another cluster's",
      {
        clusters: [
          { name: "west", portBase: "x" },
          { name: "east", portBase: 31000 },
        ],
      },
      'clusters[0].portBase: "x" is not a whole number in digits; use a port from 1024 to 65535',
    ],
  ])("puts nothing in place of an unreadable %s", (_, raw, problem) => {
    expect(problems(raw)).toEqual([problem]);
  });
});
