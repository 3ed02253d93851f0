import { describe, expect, it } from "vitest";
import { loopbackPorts } from "../../infra/core/workstation/docker-objects";
import { raiseInotifyLimits } from "../../infra/core/workstation/inotify";
import { inotifyNeeds, needsOf } from "../../infra/core/workstation/needs";
import { hidesBridge, hidesNetwork, parseRoutes } from "../../infra/core/workstation/routes";
import { HERE } from "../../infra/core/workstation/surroundings";
import { inspectWorkstation, type WorkstationRequest } from "../../infra/core/workstation/workstation";
import { FakeMachine } from "../support/fake-machine";

const GIBIBYTE = 2 ** 30;
const trial = { image: "istio-lab/vm:1", labels: { "istio-lab.stack": "a" } };

function inspect(machine: FakeMachine, request: Partial<WorkstationRequest> = {}) {
  const owns = (labels: Readonly<Record<string, string | undefined>>) => labels["istio-lab.stack"] === "a";
  return inspectWorkstation({ ports: [], size: { nodes: 1, hosts: 1 }, owns, trial, ...request }, machine.surroundings);
}

describe("a port of the machine", () => {
  const ports = [30000, 30001];

  it("is free if it can be bound and no container publishes it", async () => {
    expect((await inspect(new FakeMachine(), { ports })).takenPorts).toEqual([]);
  });

  it("is really bound: a listener of this process takes it, and gives it back", async () => {
    expect(await HERE.bindProblem("127.0.0.1", 0)).toBeUndefined();
    const { createServer } = await import("node:net");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1" }, resolve));
    const { port } = server.address() as { port: number };
    expect(await HERE.bindProblem("127.0.0.1", port)).toBe("EADDRINUSE");
    await new Promise((resolve) => server.close(resolve));
    expect(await HERE.bindProblem("127.0.0.1", port)).toBeUndefined();
  });

  it.each<[string, Partial<FakeMachine>, string]>([
    [
      "a process that ss names",
      {
        inUse: [30001],
        listeners: 'LISTEN 0 4096 0.0.0.0:30001 0.0.0.0:* users:(("nginx",pid=7,fd=6))\n',
      },
      "process nginx",
    ],
    [
      "a process of another user, whose name ss does not tell",
      { inUse: [30001], listeners: "LISTEN 0 4096 0.0.0.0:30001 0.0.0.0:* \n" },
      "a process of another user",
    ],
    ["a process that nobody sees, since it is in another container", { inUse: [30001] }, "a process of another user"],
    [
      "an outgoing connection that has ended, beside a listener of another port",
      {
        inUse: [30001],
        listeners:
          'TIME-WAIT 0 0 127.0.0.1:30001 127.0.0.1:80 \nLISTEN 0 4096 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=7,fd=6))\n',
      },
      "an outgoing connection, for which the system uses ephemeral ports like this one",
    ],
    [
      "a process that ss names before a connection to it",
      {
        inUse: [30001],
        listeners:
          'LISTEN 0 4096 0.0.0.0:30001 0.0.0.0:* users:(("nginx",pid=7,fd=6))\nESTAB 0 0 127.0.0.1:30001 127.0.0.1:41234 users:(("nginx",pid=7,fd=9))\n',
      },
      "process nginx",
    ],
    [
      "an outgoing connection of which lsof tells",
      {
        platform: "darwin",
        inUse: [30001],
        listeners: "curl 501 me 8u IPv4 0x1 0t0 TCP 127.0.0.1:30001->127.0.0.1:80 (ESTABLISHED)\n",
      },
      "an outgoing connection, for which the system uses ephemeral ports like this one",
    ],
    [
      "a process that lsof names",
      { platform: "darwin", inUse: [30001], listeners: "ControlCe 501 me 8u IPv4 0x1 0t0 TCP *:30001 (LISTEN)\n" },
      "process ControlCe",
    ],
    [
      "a container of no lab",
      { containers: [{ name: "web", ports: "0.0.0.0:30001->80/tcp, :::30001->80/tcp" }] },
      "container web",
    ],
  ])("is taken by %s", async (_, machine, holder) => {
    const { takenPorts } = await inspect(new FakeMachine(machine), { ports });
    expect(takenPorts.map((taken) => [taken.port, taken.holder])).toEqual([[30001, holder]]);
  });

  it("that the lab's own container has is not taken, that of another stack is, however alike their names are", async () => {
    const published = "127.0.0.1:30000-30007->30000-30007/tcp";
    const containers = [
      {
        name: "istio-lab-a-b-k3s-s-control-plane",
        labels: { "istio-lab.stack": "a-b" },
        cluster: "istio-lab-a-b-k3s-s",
        ports: published,
      },
    ];
    const taken = async (stack: string) =>
      (
        await inspect(
          new FakeMachine({ containers: containers.map((one) => ({ ...one, labels: { "istio-lab.stack": stack } })) }),
          { ports },
        )
      ).takenPorts;
    expect(await taken("a")).toEqual([]);
    expect((await taken("a-b")).map(({ port, holder }) => [port, holder])).toEqual([
      [30000, 'container istio-lab-a-b-k3s-s-control-plane of stack "a-b" of an unknown state folder'],
      [30001, 'container istio-lab-a-b-k3s-s-control-plane of stack "a-b" of an unknown state folder'],
    ]);
  });

  it("is not looked for among processes if a container publishes it: an up of a lab that stands asks no more than it must", async () => {
    const machine = new FakeMachine({
      inUse: ports,
      containers: [{ name: "web", ports: "127.0.0.1:30000-30001->80-81/tcp" }],
    });
    expect((await inspect(machine, { ports })).takenPorts.map(({ holder }) => holder)).toEqual([
      "container web",
      "container web",
    ]);
    expect(machine.calls.filter((call) => call.startsWith("ss"))).toEqual([]);
  });

  it("is not taken by a container that is stopped", async () => {
    const containers = [{ name: "web", state: "exited", ports: "0.0.0.0:30001->80/tcp" }];
    expect((await inspect(new FakeMachine({ containers }), { ports })).takenPorts).toEqual([]);
  });

  it.each([
    ["127.0.0.1:30000-30002->30000-30002/tcp, 0.0.0.0:22->2222/tcp", [30000, 30001, 30002, 22]],
    ["192.0.2.7:30000->80/tcp", []],
    ["127.0.0.1:30000->30000/udp", []],
    [":::30000->80/tcp", []],
    ["[::]:30000->80/tcp", []],
    ["80/tcp", []],
    ["", []],
  ])("of loopback is read from %j", (text, wanted) => {
    expect(loopbackPorts(text)).toEqual(wanted);
  });
});

describe("a route of the machine", () => {
  it("is read with its device; default routes are left out, whole or in halves, and so are larger parts of the internet", () => {
    const text = `default via 192.0.2.1 dev eth0
0.0.0.0/1 via 10.8.0.1 dev tun0
128.0.0.0/1 via 10.8.0.1 dev tun0
64.0.0.0/2 dev wg0 scope link
172.0.0.0/6 dev wg0
10.0.0.0/8 via 10.8.0.1 dev tun0
192.0.2.0/24 dev eth0 proto kernel scope link
10.1.2.3 via 192.0.2.9 dev wg0
unreachable 10.9.0.0/16
blackhole 10.244.1.0/26 proto 80
prohibit default metric 4278198272
unicast 10.7.0.0/16 dev wg1
10.6.0.0/16 proto static metric 20
	nexthop via 192.0.2.7 dev eth0 weight 1
`;
    expect(parseRoutes(text)).toEqual([
      { cidr: "10.0.0.0/8", device: "tun0", isDeadEnd: false },
      { cidr: "192.0.2.0/24", device: "eth0", isDeadEnd: false },
      { cidr: "10.1.2.3/32", device: "wg0", isDeadEnd: false },
      { cidr: "10.9.0.0/16", device: "", isDeadEnd: true },
      { cidr: "10.244.1.0/26", device: "", isDeadEnd: true },
      { cidr: "10.7.0.0/16", device: "wg1", isDeadEnd: false },
      { cidr: "10.6.0.0/16", device: "", isDeadEnd: false },
    ]);
  });

  it.each([
    ["10.0.0.0/8", false, true, true],
    ["10.60.7.0/24", false, true, true],
    ["10.61.0.0/16", false, false, false],
    // Wider than the network, which wins.
    ["10.0.0.0/8", true, false, false],
    ["10.60.0.0/16", true, false, true],
    ["10.60.7.0/24", true, false, true],
  ])(
    "to %s, a dead end: %s, conflicts with 10.60.0.0/16 for pods: %s, for a bridge: %s",
    (cidr, isDeadEnd, pods, bridge) => {
      const route = { cidr, device: "wg0", isDeadEnd };
      expect([hidesNetwork("10.60.0.0/16", route), hidesBridge("10.60.0.0/16", route)]).toEqual([pods, bridge]);
    },
  );

  it("to the lab's own network is not one of the machine's", async () => {
    const machine = new FakeMachine({
      routes: "192.168.10.0/24 dev br-1234567890ab proto kernel\n192.168.20.0/24 dev br-ba0987654321\n",
      networks: [
        { id: "1234567890ab", name: "istio-lab-a-network", labels: { "istio-lab.stack": "a" } },
        { id: "ba0987654321", name: "istio-lab-a-b-network", labels: { "istio-lab.stack": "a-b" } },
      ],
    });
    expect((await inspect(machine)).routes.map(({ cidr }) => cidr)).toEqual(["192.168.20.0/24"]);
  });
});

describe("memory", () => {
  const meminfo = `MemTotal: 16777216 kB\nMemAvailable: ${8 * 2 ** 20} kB\n`;

  it.each<[string, Record<string, string>, number]>([
    ["as the kernel says", {}, 8],
    ["without limit, cgroup v2", { "memory.max": "max\n", "memory.current": `${3 * GIBIBYTE}\n` }, 8],
    [
      "of the container in which an engine runs too, cgroup v2",
      { "memory.max": `${4 * GIBIBYTE}\n`, "memory.current": `${3 * GIBIBYTE}\n` },
      1,
    ],
    [
      "which includes what the kernel gives back",
      {
        "memory.max": `${4 * GIBIBYTE}\n`,
        "memory.current": `${3 * GIBIBYTE}\n`,
        "memory.stat": `file 1\ninactive_file ${2 * GIBIBYTE}\n`,
      },
      3,
    ],
    ["without limit, cgroup v1", { "memory/memory.limit_in_bytes": "9223372036854771712\n" }, 8],
    [
      "of a container, cgroup v1",
      {
        "memory/memory.limit_in_bytes": `${4 * GIBIBYTE}\n`,
        "memory/memory.usage_in_bytes": `${3 * GIBIBYTE}\n`,
        "memory/memory.stat": `inactive_file 5\ntotal_inactive_file ${GIBIBYTE}\n`,
      },
      2,
    ],
  ])("is available %s", async (_, groups, gibibytes) => {
    const files = Object.entries(groups).map(([name, text]) => [`/sys/fs/cgroup/${name}`, text] as const);
    const machine = new FakeMachine({ files: { "/proc/meminfo": meminfo, ...Object.fromEntries(files) } });
    expect((await inspect(machine)).availableMemory).toBe(gibibytes * GIBIBYTE);
  });

  it("of a container is no limit for an engine beside it, which has a folder that is not in there", async () => {
    const files = { "/proc/meminfo": meminfo, "/sys/fs/cgroup/memory.max": `${GIBIBYTE}\n` };
    expect((await inspect(new FakeMachine({ files, freeDisk: undefined }))).availableMemory).toBe(8 * GIBIBYTE);
  });

  it("is that of the engine's machine if the engine is elsewhere", async () => {
    const machine = new FakeMachine({
      files: { "/proc/meminfo": meminfo },
      endpoint: "ssh://far",
      memory: 5 * GIBIBYTE,
    });
    expect((await inspect(machine)).availableMemory).toBe(5 * GIBIBYTE);
  });
});

describe("the engine's machine", () => {
  it("is this one if the gateway of Docker's own bridge is ours: then nothing is started", async () => {
    const machine = new FakeMachine();
    const { engine, publishedPortProblem } = await inspect(machine);
    expect([engine?.isHere, publishedPortProblem]).toEqual([true, undefined]);
    expect(machine.calls.filter((call) => call.startsWith("docker run"))).toEqual([]);
  });

  it("is this one too if the engine names no gateway: then it is the first address", async () => {
    const machine = new FakeMachine({ bridge: " 172.17.0.0/16\n" });
    expect((await inspect(machine)).engine?.isHere).toBe(true);
  });

  it.each<[string, Partial<FakeMachine>]>([
    [
      "the host of the container in which we run",
      { ownAddresses: ["172.17.0.5"], isContainer: true, hostName: "2f1c" },
    ],
    ["the host of a container that shares everything but the network", { ownAddresses: [] }],
    ["that of Docker Desktop beside an engine of this machine", { hostName: "laptop" }],
    ["one at the end of DOCKER_HOST, with an engine of the same addresses here", { endpoint: "tcp://192.0.2.9:2375" }],
    ["without a bridge", { bridge: "" }],
  ])("is another one if it is %s: a published port is tried, and may well be reached", async (_, differences) => {
    const machine = new FakeMachine({ greetings: ["SSH-2.0-OpenSSH_9.2\r\n"], ...differences });
    const { engine, publishedPortProblem, inotify } = await inspect(machine);
    expect([engine?.isHere, publishedPortProblem, inotify]).toEqual([false, undefined, undefined]);
    expect(machine.calls.filter((call) => /^docker (run|rm)/.test(call))).toEqual([
      expect.stringMatching(
        /^docker run --detach --rm --pull never --publish 127\.0\.0\.1::22 --label istio-lab\.stack=a --entrypoint timeout istio-lab\/vm:1 30 bash -euc install/,
      ),
      "docker rm --force 4711",
    ]);
  });

  it.each<[string, Partial<FakeMachine>, string]>([
    ["refuses connections", { greetings: [{ text: "", problem: "ECONNREFUSED" }] }, "ECONNREFUSED for 3 s"],
    [
      "has Docker's proxy and nobody behind it",
      { greetings: [{ text: "", problem: "the connection was closed" }] },
      "the connection was closed for 3 s",
    ],
    ["is somebody else's here", { greetings: ["220 mail\r\n"] }, "another server answers for 3 s"],
    [
      "is not even published, since the image is gone",
      { runProblem: "docker: Error response from daemon: No such image: istio-lab/vm:1.\nSee 'docker run --help'." },
      "the container that tries it does not start: docker: Error response from daemon: No such image: istio-lab/vm:1.",
    ],
  ])("is refused if a published port %s", async (_, differences, problem) => {
    const machine = new FakeMachine({ ownAddresses: [], ...differences });
    expect((await inspect(machine)).publishedPortProblem).toBe(problem);
    expect(machine.now).toBeLessThan(4000);
    const started = machine.calls.some((call) => call.startsWith("docker run")) && differences.runProblem === undefined;
    expect(machine.calls.includes("docker rm --force 4711")).toBe(started);
  });

  it("is given time to forward the port on macOS", async () => {
    const greetings = [
      ...Array<{ text: string; problem: string }>(20).fill({ text: "", problem: "ECONNREFUSED" }),
      "SSH-2.0",
    ];
    const machine = new FakeMachine({ platform: "darwin", ownAddresses: [], greetings });
    expect((await inspect(machine)).publishedPortProblem).toBeUndefined();
    expect(machine.now).toBe(4000);
  });

  it("is not asked at all if the lab stands, and asked if a part of it is missing", async () => {
    const node = { name: "n", labels: { "istio-lab.stack": "a" }, cluster: "c", ports: "" };
    const host = { name: "h", labels: { "istio-lab.stack": "a" }, ports: "" };
    const asked = async (...containers: FakeMachine["containers"]) => {
      const machine = new FakeMachine({ ownAddresses: [], containers });
      const { standing } = await inspect(machine);
      return [standing, machine.calls.some((call) => call.startsWith("docker info"))];
    };
    expect(await asked(node, host)).toEqual([{ nodes: 1, hosts: 1 }, false]);
    expect(await asked(node, { ...host, state: "exited" })).toEqual([{ nodes: 1, hosts: 0 }, true]);
    expect(await asked(node, { ...host, labels: { "istio-lab.stack": "a-b" } })).toEqual([
      { nodes: 1, hosts: 0 },
      true,
    ]);
  });

  it("has a problem in the client's own words if no engine answers", async () => {
    const machine = new FakeMachine({ engineProblem: "Cannot connect to the Docker daemon" });
    const { engineProblem, engine } = await inspect(machine);
    expect([engineProblem, engine]).toEqual(["Cannot connect to the Docker daemon", undefined]);
  });

  it("counts nodes of any kind cluster and hosts of other labs", async () => {
    const containers = [
      { name: "kind-control-plane", cluster: "kind", ports: "" },
      { name: "h", labels: { "istio-lab.stack": "b" }, ports: "" },
      { name: "stopped", labels: { "istio-lab.stack": "b" }, ports: "", state: "exited" },
      { name: "web", ports: "" },
    ];
    expect((await inspect(new FakeMachine({ containers }))).others).toEqual({ nodes: 1, hosts: 1 });
  });
});

describe("what a lab needs", () => {
  it("is what it is measured to take, and less if a part of it stands", () => {
    const gibibytes = (nodes: number, hosts: number, standing?: [number, number]) =>
      needsOf({ nodes, hosts }, standing && { nodes: standing[0], hosts: standing[1] }).memory / GIBIBYTE;
    expect([gibibytes(1, 1), gibibytes(2, 1), gibibytes(3, 1)]).toEqual([2, 3, 4]);
    expect([gibibytes(1, 2, [1, 1]), gibibytes(1, 1, [1, 1]), gibibytes(1, 1, [2, 2])]).toEqual([0.25, 0, 0]);
  });

  it("fits Debian's inotify limits alone, and not beside three other labs", () => {
    const debian = 128;
    expect(inotifyNeeds({ nodes: 2, hosts: 1 }, { nodes: 0, hosts: 0 }).instances).toBeLessThanOrEqual(debian);
    expect(inotifyNeeds({ nodes: 1, hosts: 1 }, { nodes: 4, hosts: 3 }).instances).toBeGreaterThan(debian);
  });
});

describe("the inotify limits of the kernel", () => {
  const debian = {
    "/proc/sys/fs/inotify/max_user_instances": "128\n",
    "/proc/sys/fs/inotify/max_user_watches": "192536\n",
  };
  const raise = async (differences: Partial<FakeMachine>) => {
    const machine = new FakeMachine({ isRoot: true, files: debian, ...differences });
    const lines: string[] = [];
    await raiseInotifyLimits((line) => lines.push(line), machine.surroundings);
    return { lines, written: machine.written };
  };

  it("are raised for root, who is told before, and told how to keep them", async () => {
    expect(await raise({})).toEqual({
      lines: [
        "raising fs.inotify.max_user_instances from 128 to 1024, until the next restart of this machine",
        "raising fs.inotify.max_user_watches from 192536 to 524288, until the next restart of this machine",
        "to keep that: printf '%s\\n' fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288 | sudo tee /etc/sysctl.d/60-istio-lab.conf",
      ],
      written: [
        ["/proc/sys/fs/inotify/max_user_instances", "1024\n"],
        ["/proc/sys/fs/inotify/max_user_watches", "524288\n"],
      ],
    });
  });

  it.each<[string, Partial<FakeMachine>]>([
    ["the user is not root", { isRoot: false }],
    ["they are another machine's, as on macOS", { files: {} }],
    ["the engine is elsewhere", { ownAddresses: [] }],
    [
      "they are high enough",
      {
        files: {
          "/proc/sys/fs/inotify/max_user_instances": "8192\n",
          "/proc/sys/fs/inotify/max_user_watches": "1048576\n",
        },
      },
    ],
  ])("are left alone, and nothing is said, if %s", async (_, differences) => {
    expect(await raise(differences)).toEqual({ lines: [], written: [] });
  });

  it("stay as they are, with the reason, if the kernel does not let them be changed", async () => {
    const { lines, written } = await raise({ writeProblem: "EROFS: read-only file system" });
    expect(written).toEqual([]);
    expect(lines.at(-1)).toBe("fs.inotify.max_user_instances cannot be raised: EROFS: read-only file system");
  });
});
