import { describe, expect, it } from "vitest";
import { ownerLabels, type Owner } from "../../infra/core/ownership";
import type { ToolchainManifest } from "../../infra/core/toolchain-manifest";
import type { EnginePlace } from "../../infra/core/workstation/engine-place";
import type { Workstation } from "../../infra/core/workstation/workstation";
import { toolchainIssues } from "../../lab/program/prepared-toolchain";
import { sizeOf } from "../../lab/config/requirements";
import { inspectFor, workstationIssues } from "../../lab/program/preflight";
import { FakeMachine } from "../support/fake-machine";
import { requirementsOf, parseLabConfig } from "../support/lab-config";

const gibibyte = 2 ** 30;
const OWNER: Owner = { stack: "dev", stateId: "0123456789abcdef", stateFolder: "/home/me/labs" };
const engine: EnginePlace = {
  endpoint: "unix:///var/run/docker.sock",
  name: "engine-machine",
  isHere: true,
  fromContainer: false,
  memory: 16 * gibibyte,
  freeDisk: 100 * gibibyte,
  folder: "/var/lib/docker",
};
const nothing = { nodes: 0, hosts: 0 };
const idle: Workstation = {
  engine,
  containers: [],
  networks: [],
  standing: nothing,
  others: nothing,
  takenPorts: [],
  routes: [{ cidr: "192.0.2.0/24", device: "eth0", isDeadEnd: false }],
  availableMemory: 8 * gibibyte,
  inotify: { instances: 128, watches: 192_536 },
};
const route = (cidr: string, device: string, isDeadEnd = false) => ({ cidr, device, isDeadEnd });

function problems(workstation: Partial<Workstation>, raw: Record<string, unknown> = {}): string[] {
  const config = parseLabConfig(raw);
  return workstationIssues(config, requirementsOf(config), "dev", OWNER, { ...idle, ...workstation }).map(
    ({ key, problem }) => `${key}: ${problem}`,
  );
}

describe("the machine on which a lab is to stand", () => {
  it("is good enough if everything is free", () => {
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
      "its published ports cannot be reached, from another machine",
      {
        engine: { ...engine, isHere: false, endpoint: "tcp://192.0.2.9:2375" },
        publishedPortProblem: "ECONNREFUSED for 3 s",
      },
      {},
      [
        'platform: local needs the ports that Docker publishes on 127.0.0.1, and those of the engine "engine-machine" (tcp://192.0.2.9:2375) cannot be reached from here (ECONNREFUSED for 3 s); run istio-lab on the engine\'s machine',
      ],
    ],
    [
      "its published ports cannot be reached, from a container that has the host's socket",
      { engine: { ...engine, isHere: false, fromContainer: true }, publishedPortProblem: "ECONNREFUSED for 3 s" },
      {},
      [
        'platform: local needs the ports that Docker publishes on 127.0.0.1, and those of the engine "engine-machine" (unix:///var/run/docker.sock) cannot be reached from here (ECONNREFUSED for 3 s); this is a container with a network of its own: start it with --network host (devcontainer.json: "runArgs": ["--network=host"]), or run istio-lab on the engine\'s machine',
      ],
    ],
    [
      "there is too little disk",
      { engine: { ...engine, freeDisk: 0.5 * gibibyte } },
      { lab: "multicluster" },
      [
        "lab: multicluster needs 4.3 GiB of disk in /var/lib/docker and 0.5 GiB are free; make room; docker system df --verbose shows what takes it",
      ],
    ],
    [
      "the kernel has too few inotify instances for one more lab",
      { others: { nodes: 4, hosts: 2 } },
      {},
      [
        "lab: this machine needs fs.inotify.max_user_instances of 186 and has 128; run: sudo sysctl -w fs.inotify.max_user_instances=1024",
      ],
    ],
    [
      "the kernel has too little of both for inotify",
      { inotify: { instances: 16, watches: 1024 } },
      {},
      [
        "lab: this machine needs fs.inotify.max_user_instances of 66 and has 16, fs.inotify.max_user_watches of 3136 and has 1024; run: sudo sysctl -w fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288",
      ],
    ],
    [
      "packets to the network that is asked for are dropped",
      { routes: [route("192.168.10.0/24", "", true)] },
      { networkCidr: "192.168.10.0/24" },
      [
        "networkCidr: 192.168.10.0/24 overlaps this host's route to 192.168.10.0/24, a dead end; choose a network that is free here",
      ],
    ],
    [
      "several things are wrong: all are said at once",
      {
        availableMemory: 0,
        engine: { ...engine, freeDisk: 0 },
        inotify: { instances: 16, watches: 192_536 },
        takenPorts: [{ port: 65_000, holder: "process nginx" }],
        routes: [route("172.16.5.0/24", "wg0")],
      },
      { portBase: 65_000 },
      [
        "lab: vm needs 2.0 GiB of memory and 0.0 GiB are available; stop something large",
        "lab: vm needs 2.3 GiB of disk in /var/lib/docker and 0.0 GiB are free; make room; docker system df --verbose shows what takes it",
        "lab: this machine needs fs.inotify.max_user_instances of 66 and has 16; run: sudo sysctl -w fs.inotify.max_user_instances=1024",
        "portBase: port 65000 is taken by process nginx; free it or set portBase to another, e.g. 64500",
        "podCidr: 172.16.0.0/16 overlaps this host's route to 172.16.5.0/24 by wg0; choose a network that is free here",
      ],
    ],
    [
      "ports are taken, and by whom",
      {
        takenPorts: [
          { port: 30001, holder: "process nginx" },
          { port: 30022, holder: "container other", labels: { "istio-lab.stack": "other" } },
        ],
      },
      {},
      [
        "portBase: port 30001 is taken by process nginx; free it or set portBase to another, e.g. 30500",
        "vms[0].sshPort: port 30022 is taken by container other; free it or set vms[0].sshPort to another, e.g. 30522",
      ],
    ],
    [
      "several ports of one key are taken: one line for each holder",
      {
        takenPorts: [
          { port: 30000, holder: "process nginx" },
          { port: 30001, holder: "process nginx" },
          { port: 30002, holder: "process node" },
          { port: 30003, holder: "process nginx" },
        ],
      },
      {},
      [
        "portBase: ports 30000 to 30001, 30003 are taken by process nginx; free it or set portBase to another, e.g. 30500",
        "portBase: port 30002 is taken by process node; free it or set portBase to another, e.g. 30500",
      ],
    ],
    [
      "pods would be where a route of this host leads",
      { routes: [route("172.16.5.0/24", "wg0")] },
      {},
      ["podCidr: 172.16.0.0/16 overlaps this host's route to 172.16.5.0/24 by wg0; choose a network that is free here"],
    ],
    [
      "the network that is asked for is taken",
      { routes: [route("192.168.10.0/24", "eth0")] },
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
        takenPorts: [
          { port: 31022, holder: "process sshd" },
          { port: 31107, holder: "process nginx" },
          { port: 32500, holder: "process node" },
        ],
      },
      { lab: "multicluster", clusters: [{ name: "west", portBase: 32500 }, { name: "east" }] },
      [
        "portBase: port 31107 is taken by process nginx; free it or set portBase to another, e.g. 31522",
        "portBase: port 31022 is taken by process sshd; free it or set portBase to another, e.g. 31522",
        "clusters[0].portBase: port 32500 is taken by process node; free it or set clusters[0].portBase to another, e.g. 32000",
      ],
    ],
    [
      "pods or services of one of several clusters would be where a route of this host leads",
      {
        routes: [route("10.20.5.0/24", "wg0"), route("10.100.0.0/16", "wg1")],
      },
      { lab: "multicluster" },
      [
        "clusters[0].serviceCidr: 10.100.0.0/24 overlaps this host's route to 10.100.0.0/16 by wg1; choose a network that is free here",
        "clusters[1].podCidr: 10.20.0.0/16 overlaps this host's route to 10.20.5.0/24 by wg0; choose a network that is free here",
      ],
    ],
  ])("is refused if %s", (_, workstation, raw, expected) => {
    expect(problems(workstation, raw)).toEqual(expected);
  });

  it("is not refused because the notes' network is taken, if the next free one will do", () => {
    expect(problems({ routes: [route("192.168.10.0/24", "eth0")] })).toEqual([]);
  });

  it.each<[string, Partial<Workstation>]>([
    ["all of it stands", { standing: { nodes: 1, hosts: 1 }, availableMemory: 0 }],
    [
      "its VM is missing and there is room for that",
      { standing: { nodes: 1, hosts: 0 }, availableMemory: 0.3 * gibibyte },
    ],
  ])("is not refused for room that the lab has already: %s", (_, workstation) => {
    expect(problems(workstation)).toEqual([]);
  });

  it("says which container kind would take for a node of the lab's clusters, whatever its name", async () => {
    const containers = [
      { name: "my-worker", ports: "", labels: {}, cluster: "istio-lab-dev-west", state: "exited" },
      { name: "kind-control-plane", ports: "", labels: {}, cluster: "kind" },
      { name: "istio-lab-dev-mypc", ports: "", labels: {} },
    ];
    const config = parseLabConfig({ lab: "multicluster" });
    const workstation = await inspectFor(
      requirementsOf(config),
      OWNER,
      undefined,
      new FakeMachine({ containers }).surroundings,
    );
    expect(workstationIssues(config, requirementsOf(config), "dev", OWNER, workstation)).toEqual([
      {
        key: "lab",
        problem:
          "the stack would have Docker's names or labels of what belongs to something other than istio-lab " +
          "(container my-worker with kind's label of cluster istio-lab-dev-west, container istio-lab-dev-mypc); " +
          "choose another stack name, or remove that yourself",
      },
    ]);
  });

  const standing = (labels: Readonly<Record<string, string>>) =>
    new FakeMachine({
      containers: [
        {
          name: "istio-lab-dev-k3s-s-control-plane",
          labels,
          cluster: "c",
          ports: "127.0.0.1:30000-30007->30000-30007/tcp",
        },
        { name: "istio-lab-dev-forum-vm", labels, ports: "127.0.0.1:30022->22/tcp" },
        { name: "istio-lab-dev-stranger", labels: {}, ports: "" },
      ],
      networks: [{ id: "1234567890ab", name: "istio-lab-dev-network", labels }],
      routes: "192.168.10.0/24 dev br-1234567890ab proto kernel",
    });
  const found = async (labels: Readonly<Record<string, string>>, owner: Owner | undefined = OWNER) => {
    const config = parseLabConfig({ networkCidr: "192.168.10.0/24" });
    const workstation = await inspectFor(requirementsOf(config), owner, undefined, standing(labels).surroundings);
    return workstationIssues(config, requirementsOf(config), "dev", owner, workstation).map(
      ({ key, problem }) => `${key}: ${problem}`,
    );
  };
  const HELD =
    "(container istio-lab-dev-k3s-s-control-plane, container istio-lab-dev-forum-vm, network istio-lab-dev-network)";
  const NAMES = "the stack would have Docker's names of what belongs to";
  const CHOOSE = "choose another stack name, or remove that yourself";

  it("is not refused for what its own lab has: names, ports and network", async () => {
    expect(await found(ownerLabels(OWNER))).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ["another stack", ownerLabels({ ...OWNER, stack: "dev.2" }), 'stack "dev.2" of the state folder /home/me/labs'],
    [
      "a stack of the same name in another state folder",
      ownerLabels({ ...OWNER, stateId: "f".repeat(16), stateFolder: "/home/you" }),
      'stack "dev" of the state folder /home/you',
    ],
    ["nobody who marks it", {}, "something other than istio-lab"],
  ])("is refused if names, ports and network belong to %s, however they are called", async (_, labels, holder) => {
    const issues = await found(labels);
    expect(issues[0]).toBe(`lab: ${NAMES} ${holder} ${HELD}; ${CHOOSE}`);
    const container = (name: string) =>
      `container ${name}${holder.startsWith("stack") ? ` of ${holder}` : ""}; free it or set`;
    expect(issues[1]).toBe(
      `portBase: ports 30000 to 30007 are taken by ${container("istio-lab-dev-k3s-s-control-plane")} portBase to another, e.g. 30500`,
    );
    expect(issues.slice(1).map((issue) => issue.split(":")[0])).toEqual(["portBase", "vms[0].sshPort", "networkCidr"]);
  });

  it("is refused for any of its names before there is a state folder: then nothing is its own", async () => {
    const config = parseLabConfig({});
    const workstation = await inspectFor(
      requirementsOf(config),
      undefined,
      undefined,
      standing(ownerLabels(OWNER)).surroundings,
    );
    expect(workstation.standing).toEqual(nothing);
    expect(workstationIssues(config, requirementsOf(config), "dev", undefined, workstation)[0]?.problem).toBe(
      `${NAMES} stack "dev" of the state folder /home/me/labs ${HELD}; ${CHOOSE}`,
    );
  });

  it("tries a published port with the image of VMs and its own mark, if the toolchain has the image", async () => {
    const machine = new FakeMachine({ ownAddresses: [] });
    const runs = () => machine.calls.filter((call) => call.startsWith("docker run"));
    await inspectFor(requirementsOf(parseLabConfig({})), OWNER, undefined, machine.surroundings);
    expect(runs()).toEqual([]);
    await inspectFor(
      requirementsOf(parseLabConfig({})),
      OWNER,
      { images: { vm: "istio-lab/vm:1" } },
      machine.surroundings,
    );
    expect(runs()).toEqual([
      expect.stringContaining(
        " --label istio-lab.stack=dev --label istio-lab.state=0123456789abcdef --label istio-lab.folder=/home/me/labs --entrypoint timeout istio-lab/vm:1 ",
      ),
    ]);
  });
});

describe("what a lab asks of the machine", () => {
  const requirements = (raw: Record<string, unknown>) => requirementsOf(parseLabConfig(raw));

  it.each<[Record<string, unknown>, number, number]>([
    [{}, 1, 1],
    [{ vms: [{ name: "a" }, { name: "a-2" }, { name: "a-3" }] }, 1, 3],
    [{ lab: "traffic-flow" }, 1, 1],
    [{ lab: "multicluster" }, 2, 1],
    [{ lab: "multicluster", clusters: [{ name: "a" }, { name: "b" }, { name: "c" }] }, 3, 1],
    [{ lab: "vm", platform: "aws", owner: "me" }, 0, 0],
  ])("is, for %j, room for %i nodes and %i hosts", (raw, nodes, hosts) => {
    expect(sizeOf(requirements(raw).machines)).toEqual({ nodes, hosts });
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
    expect(requirements({ lab, ...raw }).ports).toEqual(ports);
  });

  it("never leaves two labs to fight for a port if nothing is said", () => {
    const ports = ["vm", "multicluster"].flatMap((lab) => requirements({ lab }).ports.map(({ port }) => port));
    expect(new Set(ports).size).toBe(ports.length);
  });

  it.each<[string, string, string | undefined]>([
    ["vm", "auto", undefined],
    ["vm", "192.168.60.0/24", "192.168.60.0/24"],
    ["multicluster", "auto", undefined],
    ["multicluster", "192.168.60.0/24", "192.168.60.0/24"],
  ])("is, for %s with networkCidr %s, the network %s and no other", (lab, networkCidr, cidr) => {
    const bridge = cidr === undefined ? undefined : { key: "networkCidr", cidr };
    expect(requirements({ lab, networkCidr }).bridge).toEqual(bridge);
  });
});

describe("the toolchain of this machine", () => {
  const manifest = { source: "registry", versionSet: "registry", lab: "vm" } as ToolchainManifest;

  it.each<[string, string, ToolchainManifest | undefined, string[]]>([
    ["auto", "whatever it serves", manifest, []],
    ["registry", "what it serves", manifest, []],
    [
      "book",
      "what it does not serve",
      manifest,
      [
        'versions: "book" is asked for and the toolchain of this stack, from the registry source, serves "registry"; write auto or registry',
      ],
    ],
    [
      "current",
      "what an up would change",
      { ...manifest, source: "official", versionSet: "book" },
      [
        'versions: "current" is asked for and the toolchain of this stack, from the official source, serves "book"; the command line\'s up changes that, or write auto or book',
      ],
    ],
    [
      "auto",
      "nothing, before setup",
      undefined,
      ["lab: the toolchain is not there yet; run: npm run lab -- setup --lab vm"],
    ],
  ])("answers versions: %s, %s", (versions, _, toolchain, expected) => {
    const env = { ISTIO_LAB_CACHE: "/nowhere/cache", ISTIO_LAB_STATE: "/nowhere/state" };
    expect(
      toolchainIssues({ lab: "vm", versions }, "s", toolchain, env).map(({ key, problem }) => `${key}: ${problem}`),
    ).toEqual(expected);
  });
});
