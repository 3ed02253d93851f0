import { describe, expect, it } from "vitest";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { parseRoutes, type Workstation } from "../../infra/exec/workstation";
import { parseLabConfig } from "../../lab/config";
import { toolchainIssues } from "../../lab/context";
import { demandsOf } from "../../lab/demands";
import { workstationIssues } from "../../lab/preflight";

const gibibyte = 2 ** 30;
const idle: Workstation = {
  availableMemory: 8 * gibibyte,
  listening: [],
  routes: [{ cidr: "192.0.2.0/24", device: "eth0" }],
};

function problems(workstation: Partial<Workstation>, raw: Record<string, unknown> = {}): string[] {
  return workstationIssues(parseLabConfig(raw), "dev", { ...idle, ...workstation }).map(
    ({ key, problem }) => `${key}: ${problem}`,
  );
}

describe("the machine on which a lab is to stand", () => {
  it("is good enough where everything is free", () => {
    expect(problems({})).toEqual([]);
  });

  it.each<[string, Partial<Workstation>, Record<string, unknown>, string[]]>([
    [
      "no engine answers",
      { engineProblem: "spawnSync docker ENOENT" },
      {},
      ["platform: local needs a Docker engine, and none answers (spawnSync docker ENOENT); run: npm run lab -- doctor"],
    ],
    [
      "there is too little memory",
      { availableMemory: 1.25 * gibibyte },
      {},
      ["lab: vm needs 2.0 GiB of memory and 1.3 GiB are available; stop something large"],
    ],
    [
      "ports are taken, and by whom",
      {
        listening: [
          { port: 30001, holder: "process nginx" },
          { port: 30022, holder: "container other", stack: "other" },
        ],
      },
      {},
      [
        "portBase: port 30001 is taken by process nginx; stop it or set portBase to another, e.g. 31001",
        "vms[0].sshPort: port 30022 is taken by container other; stop it or set vms[0].sshPort to another, e.g. 31022",
      ],
    ],
    [
      "pods would be where a route of this host leads",
      { routes: [{ cidr: "172.16.5.0/24", device: "wg0" }] },
      {},
      ["podCidr: 172.16.0.0/16 overlaps this host's route to 172.16.5.0/24 by wg0; choose a network that is free here"],
    ],
    [
      "the network that is asked for is taken",
      { routes: [{ cidr: "192.168.10.0/24", device: "eth0" }] },
      { networkCidr: "192.168.10.0/24" },
      [
        "networkCidr: 192.168.10.0/24 overlaps this host's route to 192.168.10.0/24 by eth0; choose a network that is free here",
      ],
    ],
    [
      "there is too little memory for two clusters",
      { availableMemory: 2.5 * gibibyte },
      { lab: "multicluster" },
      ["lab: multicluster needs 3.0 GiB of memory and 2.5 GiB are available; stop something large"],
    ],
    [
      "ports of several clusters are taken",
      {
        listening: [
          { port: 31022, holder: "process sshd" },
          { port: 31107, holder: "process nginx" },
          { port: 32500, holder: "process node" },
        ],
      },
      { lab: "multicluster", clusters: [{ name: "west", portBase: 32500 }, { name: "east" }] },
      [
        "portBase: port 31107 is taken by process nginx; stop it or set portBase to another, e.g. 32107",
        "portBase: port 31022 is taken by process sshd; stop it or set portBase to another, e.g. 32022",
        "clusters[0].portBase: port 32500 is taken by process node; stop it or set clusters[0].portBase to another, e.g. 33500",
      ],
    ],
    [
      "pods or services of one of several clusters would be where a route of this host leads",
      {
        routes: [
          { cidr: "10.20.5.0/24", device: "wg0" },
          { cidr: "10.100.0.0/16", device: "wg1" },
        ],
      },
      { lab: "multicluster" },
      [
        "clusters[0].serviceCidr: 10.100.0.0/24 overlaps this host's route to 10.100.0.0/16 by wg1; choose a network that is free here",
        "clusters[1].podCidr: 10.20.0.0/16 overlaps this host's route to 10.20.5.0/24 by wg0; choose a network that is free here",
      ],
    ],
  ])("is refused where %s", (_, workstation, raw, expected) => {
    expect(problems(workstation, raw)).toEqual(expected);
  });

  it("is not refused because the notes' network is taken, where the next free one will do", () => {
    expect(problems({ routes: [{ cidr: "192.168.10.0/24", device: "eth0" }] })).toEqual([]);
  });

  it("is not refused for what the stack's own lab holds already", () => {
    const own = { port: 30000, holder: "container istio-lab-dev-k3s-s-control-plane", stack: "dev" };
    const route = { cidr: "192.168.10.0/24", device: "br-1" };
    expect(
      problems({ listening: [own], routes: [route], availableMemory: 0 }, { networkCidr: "192.168.10.0/24" }),
    ).toEqual([]);
  });
});

describe("what a lab asks of the machine", () => {
  const demands = (raw: Record<string, unknown>) => demandsOf(parseLabConfig(raw));
  const gibibytes = (...names: string[]) =>
    demands({ lab: "multicluster", clusters: names.map((name) => ({ name })) }).memory / gibibyte;

  it("is memory by the number of clusters", () => {
    expect([demands({}).memory / gibibyte, gibibytes("a", "b"), gibibytes("a", "b", "c")]).toEqual([2, 3, 4]);
  });

  it.each<[string, Record<string, unknown>, readonly (readonly [string, number, number])[]]>([
    [
      "vm",
      {},
      [
        ["portBase", 30000, 30007],
        ["vms[0].sshPort", 30022, 30022],
      ],
    ],
    [
      "multicluster",
      {},
      [
        ["portBase", 31000, 31007],
        ["portBase", 31100, 31107],
        ["portBase", 31022, 31022],
      ],
    ],
    [
      "multicluster",
      { portBase: 40000, clusters: [{ name: "east" }, { name: "west", portBase: 31000 }] },
      [
        ["portBase", 40100, 40107],
        ["portBase", 40022, 40022],
        ["clusters[1].portBase", 31000, 31007],
      ],
    ],
  ])("is, for %s with %j, each port by the key that moves it", (lab, raw, expected) => {
    const ports = expected.flatMap(([key, first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => ({ key, port: first + index })),
    );
    expect(demands({ lab, ...raw }).ports).toEqual(ports);
  });

  it("never leaves two labs to fight for a port where nothing is said", () => {
    const ports = ["vm", "multicluster"].flatMap((lab) => demands({ lab }).ports.map(({ port }) => port));
    expect(new Set(ports).size).toBe(ports.length);
  });

  it.each<[string, string, string | undefined]>([
    ["vm", "auto", undefined],
    ["vm", "192.168.60.0/24", "192.168.60.0/24"],
    ["multicluster", "auto", undefined],
    ["multicluster", "192.168.60.0/24", "192.168.60.0/24"],
  ])("is, for %s with networkCidr %s, the network %s and no other", (lab, networkCidr, cidr) => {
    const bridge = cidr === undefined ? undefined : { key: "networkCidr", cidr };
    expect(demands({ lab, networkCidr }).bridge).toEqual(bridge);
  });
});

describe("the toolchain of this machine", () => {
  const manifest = { source: "registry", versionSet: "registry" } as ToolchainManifest;

  it.each<[string, string, ToolchainManifest | undefined, string[]]>([
    ["auto", "whatever it serves", manifest, []],
    ["registry", "what it serves", manifest, []],
    [
      "book",
      "what it does not serve",
      manifest,
      [
        'versions: "book" is asked for and the toolchain on this machine, from the registry source, serves "registry"; write auto or registry',
      ],
    ],
    ["auto", "nothing, before setup", undefined, ["lab: the toolchain is not there yet; run: npm run lab -- setup"]],
  ])("answers versions: %s, %s", (versions, _, toolchain, expected) => {
    expect(toolchainIssues(versions, toolchain).map(({ key, problem }) => `${key}: ${problem}`)).toEqual(expected);
  });
});

describe("this host's routes", () => {
  it("are read with their devices, and without the default", () => {
    const text =
      "default via 192.0.2.1 dev eth0 \n192.0.2.0/24 dev eth0 proto kernel scope link\n10.1.2.3 via 192.0.2.9 dev wg0\nunreachable 10.9.0.0/16\n";
    expect(parseRoutes(text)).toEqual([
      { cidr: "192.0.2.0/24", device: "eth0" },
      { cidr: "10.1.2.3/32", device: "wg0" },
    ]);
  });
});
