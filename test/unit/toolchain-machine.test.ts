import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EnginePlace } from "../../infra/core/workstation/engine-place";
import type { Workstation } from "../../infra/core/workstation/workstation";
import { findProgram } from "../../infra/core/workstation/find-program";
import { ensureShimRuntime, withShimRuntime } from "../../infra/toolchain/daemon-config";
import { worst } from "../../infra/toolchain/doctor";
import { areLinked, makeLinks, removeOthers, type Link } from "../../infra/toolchain/links";
import type { MachineFacts } from "../../infra/toolchain/machine-facts";
import { machineRows } from "../../infra/toolchain/machine-rows";
import { isAcceptable, toolVersion, versionIn } from "../../infra/toolchain/machine-tools";
import { Progress } from "../../infra/toolchain/progress";
import { withholdsSysResource } from "../../infra/core/workstation/restricted-kernel";
import { testFolder } from "../support/test-folder";

let folder: string;
beforeEach(() => {
  folder = testFolder();
});

function program(path: string, body = ""): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}`);
  chmodSync(path, 0o755);
  return path;
}

describe("the kernel", () => {
  it.each([
    ["withholds CAP_SYS_RESOURCE", "000001fffeffffff", true],
    ["grants everything", "000001ffffffffff", false],
    ["is that of an ordinary container, which is withheld it too", "00000000a80425fb", true],
  ])("that %s is recognised by CapBnd %s", (_, bounding, wanted) => {
    const status = `Name:\tnode\nCapEff:\t000001ffffffffff\nCapBnd:\t${bounding}\nCapAmb:\t0000000000000000\n`;
    expect(withholdsSysResource(status)).toBe(wanted);
  });

  it("is not called restricted if nothing is said", () => {
    expect(withholdsSysResource("Name:\tnode\n")).toBe(false);
  });
});

describe("Docker's configuration", () => {
  const shim = "/usr/local/sbin/istio-lab-runc";

  it.each([
    ["none", undefined],
    ["an empty file", "\n"],
    ["an empty object", "{}"],
  ])("gets the shim as default runtime if there is %s", (_, existing) => {
    expect(JSON.parse(withShimRuntime(existing, shim))).toEqual({
      runtimes: { "istio-lab": { path: shim } },
      "default-runtime": "istio-lab",
    });
  });

  it("keeps what somebody else wrote there", () => {
    const existing = JSON.stringify({
      "registry-mirrors": ["https://mirror.example"],
      runtimes: { nvidia: { path: "/usr/bin/nvidia" } },
      "default-runtime": "nvidia",
    });
    expect(JSON.parse(withShimRuntime(existing, shim))).toEqual({
      "registry-mirrors": ["https://mirror.example"],
      runtimes: { nvidia: { path: "/usr/bin/nvidia" }, "istio-lab": { path: shim } },
      "default-runtime": "istio-lab",
    });
  });

  it("is the same after a second time", () => {
    const once = withShimRuntime(undefined, shim);
    expect(withShimRuntime(once, shim)).toBe(once);
  });

  it.each(["{", "[]", '"x"', "null"])("that is %s is left alone and named", (text) => {
    expect(() => withShimRuntime(text, shim)).toThrow(/^\/etc\/docker\/daemon\.json: .*repair or remove it$/);
  });
});

describe("the file of Docker's configuration", () => {
  const shim = "/usr/local/sbin/istio-lab-runc";
  const file = () => join(folder, "docker", "daemon.json");
  const kept = () => join(folder, "dotfiles", "docker.json");
  const own = (path: string, text: string) => {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, 0o600);
  };
  const entries = (path: string) => readdirSync(join(path, ".."));

  it("is made for all to read if there is none", () => {
    ensureShimRuntime(file(), shim);
    expect(readFileSync(file(), "utf8")).toBe(withShimRuntime(undefined, shim));
    expect([statSync(file()).mode & 0o777, entries(file())]).toEqual([0o644, ["daemon.json"]]);
  });

  it("keeps its mode", () => {
    own(file(), '{"debug":true}');
    ensureShimRuntime(file(), shim);
    expect(readFileSync(file(), "utf8")).toBe(withShimRuntime('{"debug":true}', shim));
    expect([statSync(file()).mode & 0o777, entries(file())]).toEqual([0o600, ["daemon.json"]]);
  });

  it("behind a link is written where it lies", () => {
    own(kept(), '{"debug":true}');
    mkdirSync(join(file(), ".."));
    symlinkSync("../dotfiles/docker.json", file());
    ensureShimRuntime(file(), shim);
    expect([readlinkSync(file()), readFileSync(kept(), "utf8")]).toEqual([
      "../dotfiles/docker.json",
      withShimRuntime('{"debug":true}', shim),
    ]);
    expect([statSync(kept()).mode & 0o777, entries(file()), entries(kept())]).toEqual([
      0o600,
      ["daemon.json"],
      ["docker.json"],
    ]);
  });

  it("that says the same in another layout is not written", () => {
    const text = `{"default-runtime":"istio-lab","runtimes":{"istio-lab":{"path":"${shim}"}}}`;
    own(file(), text);
    const { ino, mtimeMs } = statSync(file());
    ensureShimRuntime(file(), shim);
    const after = statSync(file());
    expect([after.ino, after.mtimeMs, readFileSync(file(), "utf8")]).toEqual([ino, mtimeMs, text]);
  });

  it("that is a link to nothing is left alone and named", () => {
    mkdirSync(join(file(), ".."));
    symlinkSync(kept(), file());
    expect(() => ensureShimRuntime(file(), shim)).toThrow(
      `${file()}: a link to a file that is not there; repair or remove it`,
    );
    expect(readlinkSync(file())).toBe(kept());
  });
});

describe("a tool of the machine", () => {
  const wanted = { kind: "0.30.0", pulumi: "3.259.0", kubectl: "1.29.15", istioctl: "1.17.8" };

  it.each([
    ["kind", "0.30.0", true],
    ["kind", "0.31.2", true],
    ["kind", "0.29.0", false],
    ["kind", "1.0.0", false],
    ["kubectl", "1.30.0", true],
    ["kubectl", "1.28.15", true],
    ["kubectl", "1.31.0", false],
    ["kubectl", "2.29.0", false],
    ["istioctl", "1.17.8", true],
    ["istioctl", "1.17.7", false],
    ["istioctl", "1.17", false],
    ["pulumi", "3.248.0", true],
    ["pulumi", "3.300.1", true],
    ["pulumi", "3.247.9", false],
    ["pulumi", "4.0.0", false],
  ] as const)("%s %s is acceptable: %s", (tool, found, acceptable) => {
    expect(isAcceptable(tool, found, wanted)).toBe(acceptable);
  });

  it.each([
    ["kind v0.30.0 go1.24.6 linux/amd64", "0.30.0"],
    ["v3.259.0\n", "3.259.0"],
    ["client version: 1.31-lab\n", "1.31-lab"],
    ["1.17.8", "1.17.8"],
    ["v1.34.4", "1.34.4"],
    ["v1.32.4-dispatcher", "1.32.4-dispatcher"],
    ["no version", undefined],
  ])("that prints %j is of version %s", (text, version) => {
    expect(versionIn(text)).toBe(version);
  });

  it("is found as a shell finds it, but never in a toolchain's own folder or by a link into it", () => {
    const cache = join(folder, "cache");
    const own = program(join(cache, "bin", "kind"));
    mkdirSync(join(folder, "a"));
    mkdirSync(join(folder, "b"));
    writeFileSync(join(folder, "a", "kind"), "not executable");
    symlinkSync(own, join(folder, "b", "kind"));
    const machine = program(join(folder, "c", "kind"));
    const path = [join(cache, "bin"), join(folder, "a"), join(folder, "b"), join(folder, "c")].join(":");
    expect(findProgram("kind", path, cache)).toBe(machine);
    expect(findProgram("kind", path)).toBe(own);
    expect(findProgram("kubectl", path)).toBeUndefined();
  });
});

describe("the links to the tools", () => {
  const link = (name: string, target: string, kind: Link["kind"] = "symbolic"): Link => ({
    path: join(folder, "bin", name),
    target,
    kind,
  });

  it("are made, seen, renewed and cleared of others", () => {
    const [one, two] = [program(join(folder, "one")), program(join(folder, "two"))];
    const links = [link("kind", one), link("pulumi", one, "hard")];
    expect(areLinked(links)).toBe(false);
    makeLinks(links);
    makeLinks(links);
    expect(areLinked(links)).toBe(true);
    expect(readlinkSync(join(folder, "bin", "kind"))).toBe(one);
    // Pulumi finds its own folder by what it was started as: this name must lead to no other.
    expect(statSync(join(folder, "bin", "pulumi")).ino).toBe(statSync(one).ino);
    const renewed = [link("kind", two), link("pulumi", two, "hard")];
    expect(areLinked(renewed)).toBe(false);
    makeLinks(renewed);
    expect(areLinked(renewed)).toBe(true);
    removeOthers(join(folder, "bin"), [link("kind", two)]);
    expect(areLinked([link("kind", two)])).toBe(true);
    expect(areLinked(renewed)).toBe(false);
  });

  it("that lead to nothing do not count", () => {
    const target = program(join(folder, "one"));
    makeLinks([link("kind", target)]);
    rmSync(target);
    expect(areLinked([link("kind", target)])).toBe(false);
  });
});

describe("the doctor's rows on the machine", () => {
  const gibibyte = 2 ** 30;
  const place: EnginePlace = {
    endpoint: "unix:///var/run/docker.sock",
    name: "engine-machine",
    isHere: true,
    fromContainer: false,
    memory: 16 * gibibyte,
    freeDisk: 50 * gibibyte,
    folder: "/var/lib/docker",
  };
  const nothing = { nodes: 0, hosts: 0 };
  const idle: Workstation = {
    engine: place,
    containers: [],
    networks: [],
    standing: nothing,
    others: nothing,
    takenPorts: [],
    routes: [],
    availableMemory: 8 * gibibyte,
    inotify: { instances: 128, watches: 192_536 },
  };
  const healthy: MachineFacts = {
    system: "linux",
    node: "20.19.0",
    isRoot: false,
    canInstall: false,
    engine: {
      client: "/usr/bin/docker",
      version: "27.0",
      defaultRuntime: "runc",
      cgroupVersion: "2",
      restrictedKernel: false,
    },
    workstation: idle,
    freeDisk: 50 * gibibyte,
    state: { folder: "/home/student/.local/state/istio-lab", freeDisk: gibibyte },
  };
  const seen = (workstation: Partial<Workstation>) => ({ workstation: { ...idle, ...workstation } });
  const bad = (facts: Partial<MachineFacts>, source: "official" | "registry" = "official", finished = false) =>
    machineRows({ ...healthy, ...facts }, source, finished)
      .filter((row) => row.level !== "ok")
      .map(({ name, found, level, fix }) => [name, found, level, fix]);

  it("have nothing to say about a healthy machine", () => {
    expect(bad({})).toEqual([]);
  });

  it.each<[string, Partial<MachineFacts>, unknown[]]>([
    [
      "an engine that does not run",
      { engine: { client: "/usr/bin/docker", problem: "Cannot connect", restrictedKernel: false } },
      ["engine", "Cannot connect", "fail", "sudo systemctl start docker"],
    ],
    [
      "an engine from which a variable keeps docker, where setup may install one",
      {
        canInstall: true,
        engine: { client: "/docker", problem: "too new", remedy: "unset DOCKER_API_VERSION", restrictedKernel: false },
      },
      ["engine", "too new", "fail", "unset DOCKER_API_VERSION"],
    ],
    [
      "no engine at all",
      { engine: { problem: "no client", restrictedKernel: false } },
      ["engine", "no client", "fail", "sudo apt-get install -y docker.io"],
    ],
    [
      "no engine, where setup may install it",
      { canInstall: true, engine: { problem: "no client", restrictedKernel: false } },
      ["engine", "no client", "fail", "npm run lab -- setup"],
    ],
    [
      "a kernel that withholds CAP_SYS_RESOURCE and no shim",
      { isRoot: true, engine: { ...healthy.engine, restrictedKernel: true } },
      ["capabilities", "withheld, default runtime runc", "fail", "npm run lab -- setup"],
    ],
    [
      "few inotify watches",
      seen({ inotify: { watches: 1_024, instances: 128 } }),
      ["fs.inotify.max_user_watches", "1024", "fail", "sudo sysctl -w fs.inotify.max_user_watches=524288"],
    ],
    [
      "few inotify instances",
      seen({ others: { nodes: 4, hosts: 2 } }),
      ["fs.inotify.max_user_instances", "128", "fail", "sudo sysctl -w fs.inotify.max_user_instances=1024"],
    ],
    [
      "few inotify instances, which `up` raises for root",
      { isRoot: true, ...seen({ others: { nodes: 4, hosts: 2 } }) },
      ["fs.inotify.max_user_instances", "128", "warn", "sudo sysctl -w fs.inotify.max_user_instances=1024"],
    ],
    [
      "published ports that are not reached",
      seen({ engine: { ...place, isHere: false, fromContainer: true }, publishedPortProblem: "ECONNREFUSED for 3 s" }),
      [
        "published ports",
        "engine engine-machine: ECONNREFUSED for 3 s",
        "fail",
        'this is a container with a network of its own: start it with --network host (devcontainer.json: "runArgs": ["--network=host"]), or run istio-lab on the engine\'s machine',
      ],
    ],
    [
      "too little disk for containers",
      seen({ engine: { ...place, freeDisk: gibibyte } }),
      ["engine's disk", "1.0 GiB", "fail", "docker system df --verbose # shows what takes room and may go"],
    ],
    [
      "hardly any memory",
      seen({ availableMemory: gibibyte }),
      ["memory", "1.0 GiB", "fail", "stop something large: ps -eo rss,pid,comm --sort=-rss | head"],
    ],
    [
      "little memory",
      seen({ availableMemory: 2.5 * gibibyte }),
      ["memory", "2.5 GiB", "warn", "stop something large: ps -eo rss,pid,comm --sort=-rss | head"],
    ],
    [
      "a full disk",
      { freeDisk: 5 * gibibyte },
      ["disk", "5.0 GiB", "fail", "docker system df --verbose # shows what takes room and may go"],
    ],
    [
      "a full disk of the state folder",
      { state: { folder: "/home/student/my state", freeDisk: 4096 } },
      [
        "state's disk",
        "0.0 GiB",
        "fail",
        "df -h '/home/student/my state' # make room there, or name another folder in ISTIO_LAB_STATE",
      ],
    ],
    [
      "a port that a stranger has",
      seen({
        takenPorts: [
          { port: 30000, holder: "container k3s-s", labels: { "istio-lab.stack": "dev" } },
          { port: 30001, holder: "container istio-lab-like", labels: {} },
        ],
      }),
      [
        "ports",
        "taken: 30001 by container istio-lab-like",
        "warn",
        "run up with -c portBase=30500, or see who listens: sudo ss -ltnp sport = :30001",
      ],
    ],
  ])("name %s with what repairs it", (_, facts, wanted) => {
    expect(bad(facts)).toEqual([wanted]);
  });

  it("do not claim what an engine lacks that nobody can ask", () => {
    const remedy = "unset DOCKER_API_VERSION";
    const engine = { client: "/docker", problem: "too new", remedy, restrictedKernel: true };
    expect(bad({ isRoot: true, engine })).toEqual([
      ["engine", "too new", "fail", remedy],
      ["capabilities", "withheld, and the engine does not answer", "warn", remedy],
    ]);
  });

  it("are content with a shim, with the lab's own ports and with a little disk once all is made", () => {
    const engine = { ...healthy.engine, restrictedKernel: true, defaultRuntime: "istio-lab" };
    const takenPorts = [{ port: 30000, holder: "container k3s-s", labels: { "istio-lab.stack": "dev" } }];
    expect(bad({ engine, ...seen({ takenPorts }), freeDisk: 3 * gibibyte }, "registry", true)).toEqual([]);
  });

  it("want root for builds from registries, as long as anything is to be built", () => {
    expect(bad({}, "registry")).toEqual([
      ["user", "no root", "fail", "sudo -i # and use istio-lab as root, also for the labs"],
    ]);
    expect(bad({ isRoot: true }, "registry")).toEqual([]);
  });

  it("leave out inotify and the engine's disk if both are another machine's", () => {
    const { inotify: _, ...rest } = idle;
    const elsewhere = { ...place, isHere: false, freeDisk: undefined };
    const workstation = { ...rest, engine: elsewhere, availableMemory: gibibyte };
    const rows = machineRows({ ...healthy, system: "darwin", workstation }, "official", false);
    expect(rows.map(({ name }) => name)).toEqual([
      "engine",
      "capabilities",
      "published ports",
      "cgroup",
      "memory",
      "disk",
      "state's disk",
      "ports",
    ]);
    expect(rows.find(({ name }) => name === "memory")).toMatchObject({
      found: "1.0 GiB",
      level: "fail",
      fix: "give the engine's machine more memory (Docker Desktop: Settings, Resources)",
    });
  });

  it.each([
    [["ok", "warn", "fail"], "fail"],
    [["ok", "warn"], "warn"],
    [["ok"], "ok"],
  ] as const)("%o are %s in all", (levels, wanted) => {
    expect(worst(levels.map((level) => ({ level })))).toBe(wanted);
  });
});

describe("the progress of a set-up", () => {
  it("is a line at the start and one at the end if nothing can be redrawn", () => {
    let shown = "";
    const progress = new Progress({ write: (text) => (shown += text) });
    progress.expect(2);
    progress.start("etcd", "etcd 3.6.5");
    progress.note("etcd", "half of it");
    progress.end("etcd", "done");
    expect(shown.replace(/\d+\.\d s/, "T s")).toBe("  ...   etcd 3.6.5\n  ok      etcd 3.6.5  T s  [1/2]\n");
  });

  it("is redrawn in place on a terminal, cut to its width, and leaves only ends of steps behind", () => {
    let shown = "";
    const progress = new Progress({ write: (text) => (shown += text), isTTY: true, columns: 30 });
    progress.start("etcd", "etcd 3.6.5 from Go modules, a long title");
    progress.start("kind", "kind");
    progress.end("etcd", "failed");
    progress.close();
    for (const line of shown.split("\n").filter((text) => text.includes("..."))) {
      expect(line.replace(/\u001b\[\d*[AJ]/g, "").length).toBeLessThanOrEqual(29);
    }
    expect(shown).toContain("failed  etcd 3.6.5 from Go modules, a long title");
    expect(shown.endsWith("\u001b[1A\u001b[J")).toBe(true);
  });
});

describe("the toolchain's scripts", () => {
  it.each(["apt-install.sh", "engine-start.sh"])("%s stops at the first error and is executable", (name) => {
    const file = join(__dirname, "../../infra/toolchain", name);
    expect(readFileSync(file, "utf8")).toMatch(/^#!\/usr\/bin\/env bash\n(#.*\n)+set -euo pipefail\n/);
    expect(statSync(file).mode & 0o111).toBe(0o111);
  });
});

describe("the version of a tool", () => {
  it("is asked for without a trace in the user's home: pulumi writes a log at every run", async () => {
    const body =
      'home=${PULUMI_HOME:-$HOME/.pulumi}; mkdir -p "$home/logs"; echo "$home" >"$(dirname "$0")/home"; echo v3.259.0\n';
    const pulumi = program(join(folder, "bin", "pulumi"), body);
    vi.stubEnv("ISTIO_LAB_CACHE", join(folder, "cache"));
    expect(await toolVersion("pulumi", pulumi, join(folder, "toolchain"))).toBe("3.259.0");
    const home = readFileSync(join(folder, "bin", "home"), "utf8").trim();
    expect(home).toBe(join(folder, "toolchain", "pulumi-home"));
  });
});
