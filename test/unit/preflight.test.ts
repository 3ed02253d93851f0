import { describe, expect, it } from "vitest";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import { parseRoutes, type Workstation } from "../../infra/exec/workstation";
import { parseLabConfig } from "../../lab/config";
import { toolchainIssues } from "../../lab/context";
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
