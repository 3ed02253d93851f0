import {
  mkdirSync,
  readFileSync,
  readdirSync,
  existsSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addressAt, candidateNetworks } from "../../infra/core/addresses";
import { shellQuote } from "../../infra/core/shell";
import { script } from "../../infra/core/script";
import { FakeBin } from "../support/fake-bin";
import { KUBECONFIG_COMMANDS } from "../support/kubeconfig-commands";

const folder = join(__dirname, "..", "..", "infra", "scripts");
const labFolder = join(__dirname, "..", "..", "lab");
const labs = ["shared", "vm", "multicluster", "traffic-flow"].map((lab) => join(labFolder, lab, "scripts"));
const folders = [folder, join(labFolder, "cli", "trace"), ...labs];
const scripts = folders.flatMap((each) =>
  readdirSync(each)
    .filter((name) => name.endsWith(".sh"))
    .map((name) => [name, each] as const),
);

describe("every script", () => {
  it.each(scripts)("%s stops at the first failure and says what goes in", (name, where) => {
    const text = readFileSync(join(where, name), "utf8");
    expect(text.startsWith("#!/usr/bin/env bash\n# ")).toBe(true);
    expect(text).toContain("\nset -euo pipefail\n");
    expect(text).toMatch(/^# In: /m);
  });

  it.each(scripts)("%s travels as one text, without a file beside it", (name, where) => {
    expect(script(name, where)).not.toMatch(/^(source|\.) /m);
  });
});

describe("quoting for a shell", () => {
  it.each(["", "plain", "it's", "a b", "$HOME", "`id`", "$(id)", '"', "\\", "line\nbreak", "*", "-n", "!!", "ünï"])(
    "%j comes through as it is",
    (text) => {
      const run = new FakeBin({}).run(`printf %s ${shellQuote(text)}`, {});
      expect(run.stdout).toBe(text);
    },
  );
});

/** Who runs the scripts, and what docker says of a thing of its own, of another's, and of nobody's. */
const OWNER = { STACK: "test", STATE_ID: "0123", STATE_FOLDER: "/state" };
const LABELS = "--label istio-lab.stack=test --label istio-lab.state=0123 --label istio-lab.folder=/state";
const OURS = "test|0123|$5|/state";
const STRANGERS: readonly (readonly [string, string])[] = [
  ["test|4567|$5|/home/b/labs", `belongs to stack "test" of the state folder /home/b/labs`],
  ["a.b|0123|$5|/state", `belongs to stack "a.b" of the state folder /state`],
  ["|||", "belongs to something other than istio-lab"],
];
const CONTAINER_STRANGERS: typeof STRANGERS = [
  ...STRANGERS,
  // Docker copies labels into an image of a container, and from there into others.
  ["test|0123|another-container|/state", "belongs to something other than istio-lab"],
];

const candidates = candidateNetworks("192.168.10.0/24", 3)
  .map((cidr) => `${cidr} ${addressAt(cidr, 10)}/31 ${addressAt(cidr, 1)}`)
  .join("\n");

describe("the stack's Docker network", () => {
  const environment = { ...OWNER, NETWORK: "lab", CANDIDATES: candidates, WHY_FIRST: "as in the notes" };
  const absent =
    'case "$1 $2" in "network inspect") echo "Error response from daemon: network lab not found" >&2; exit 1 ;; "network create") echo id ;; esac';

  it.each([
    ["to another network", "10.0.0.0/8 dev eth0"],
    ["that is the default one", "default via 10.0.0.1 dev eth0"],
    ["that is a half of the default one, as of a VPN", "128.0.0.0/1 via 10.8.0.1 dev tun0"],
    ["that is a quarter of the default one", "192.0.0.0/2 dev wg0 scope link"],
    ["to a dead end that is wider", "unreachable 192.168.0.0/16 metric 4278198272"],
  ])("is made on the notes' addresses if they are free, with its label, beside a route %s", (_, route) => {
    const run = new FakeBin({ docker: absent, ip: `echo "${route}"` }).run(
      script("docker-network-ensure.sh"),
      environment,
    );
    expect(JSON.parse(run.stdout)).toEqual({ cidr: "192.168.10.0/24", note: "192.168.10.0/24, as in the notes" });
    expect(run.calls.at(-1)).toBe(
      `docker network create --driver bridge --subnet 192.168.10.0/24 --ip-range 192.168.10.10/31 --gateway 192.168.10.1 ${LABELS} lab`,
    );
  });

  it.each([
    ["a route of this host", "192.168.0.0/20 dev wlan0", "192.168.10.0/24 overlaps the route 192.168.0.0/20 dev wlan0"],
    [
      "a route to one host in it",
      "192.168.10.7 dev wlan0",
      "192.168.10.0/24 overlaps the route 192.168.10.7/32 dev wlan0",
    ],
    [
      "a route of a type that is said",
      "unicast 192.168.10.128/25 dev wlan0",
      "192.168.10.0/24 overlaps the route unicast 192.168.10.128/25 dev wlan0",
    ],
    [
      "a dead end as narrow as the network",
      "blackhole 192.168.10.0/24",
      "192.168.10.0/24 overlaps the route blackhole 192.168.10.0/24",
    ],
  ])("is made elsewhere if %s overlaps it, and says why", (_, route, reason) => {
    const run = new FakeBin({ docker: absent, ip: `echo "${route}"` }).run(script("docker-network-ensure.sh"), {
      ...environment,
      CANDIDATES: `${candidates}\n10.99.0.0/24 10.99.0.10/31 10.99.0.1`,
    });
    const { cidr, note } = JSON.parse(run.stdout) as { cidr: string; note: string };
    expect(cidr).toBe(route.startsWith("192.168.0.0") ? "10.99.0.0/24" : "192.168.11.0/24");
    expect(note).toBe(`${cidr}, since ${reason}`);
  });

  it.each([
    [
      "the Docker network mine",
      "default 172.17.0.0/16\\nsix fd00::/64 10.1.0.0/16\\nmine fd01::/64 192.168.8.0/22\\nhost",
    ],
    ["another Docker network", "default 172.17.0.0/16"],
  ])("is made elsewhere if %s overlaps it", (holder, networks) => {
    const docker = `case "$*" in "network ls"*) echo id ;; *IPAM.Config*" id") printf '${networks}\\n' ;; "network inspect"*) echo "Error response from daemon: network lab not found" >&2; exit 1 ;; *"--subnet 192.168.10.0/24"*) echo "Pool overlaps with other one on this address space" >&2; exit 1 ;; esac`;
    const run = new FakeBin({ docker, ip: "true" }).run(script("docker-network-ensure.sh"), environment);
    expect(JSON.parse(run.stdout)).toEqual({
      cidr: "192.168.11.0/24",
      note: `192.168.11.0/24, since 192.168.10.0/24 overlaps ${holder}`,
    });
  });

  it("is made elsewhere if a route to another Docker network overlaps it, whose name says more than the route", () => {
    const docker = `case "$*" in "network ls"*) echo id ;; *IPAM.Config*" id") echo mine 192.168.10.0/24 ;; "network inspect"*) echo "network lab not found" >&2; exit 1 ;; esac`;
    const run = new FakeBin({ docker, ip: "echo 192.168.10.0/24 dev br-1" }).run(
      script("docker-network-ensure.sh"),
      environment,
    );
    expect(JSON.parse(run.stdout)).toEqual({
      cidr: "192.168.11.0/24",
      note: "192.168.11.0/24, since 192.168.10.0/24 overlaps the Docker network mine",
    });
  });

  it("is used as it is where it stands already", () => {
    const docker = `case "$*" in *istio-lab.stack*) echo "${OURS}" ;; *) echo 192.168.11.0/24 ;; esac`;
    const run = new FakeBin({ docker }).run(script("docker-network-ensure.sh"), environment);
    expect(JSON.parse(run.stdout)).toMatchObject({ cidr: "192.168.11.0/24" });
    expect(run.calls.at(-1)).toBe("docker network inspect --format {{range .IPAM.Config}}{{.Subnet}}{{end}} lab");
  });

  it.each(STRANGERS)("is refused if a network of that name is marked %j", (labels, whose) => {
    const run = new FakeBin({ docker: `echo "${labels}"` }).run(script("docker-network-ensure.sh"), environment);
    expect([run.exitCode, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toBe(
      `the network lab ${whose} and stays as it is; choose another stack name with --stack, or remove it yourself\n`,
    );
    expect(run.calls).toHaveLength(1);
  });

  it.each(STRANGERS)("is not removed if it is marked %j", (labels) => {
    const run = new FakeBin({ docker: `echo "${labels}"` }).run(script("docker-network-remove.sh"), environment);
    expect(run.exitCode).toBe(1);
    expect(run.calls.filter((call) => / (rm|disconnect) /.test(call))).toEqual([]);
  });

  it("takes the stack's own containers along, and stays with those that the lab did not make, which it names", () => {
    const docker = `case "$*" in
  "network inspect"*) echo "${OURS}" ;;
  "ps "*label=istio-lab.stack=test*label=istio-lab.state=0123*) echo own own ;;
  "ps "*) echo mine ;;
esac`;
    const run = new FakeBin({ docker }).run(script("docker-network-remove.sh"), environment);
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      "the network lab stays, since containers that the lab did not make are on it: mine; disconnect each, then destroy again: docker network disconnect --force lab mine\n",
    ]);
    expect(run.calls.filter((call) => / (rm|disconnect) /.test(call))).toEqual(["docker rm --force --volumes own"]);
  });

  it.each([
    [{}, "set istio-lab:networkCidr to one that is free"],
    [{ ADVICE: "free that range" }, "free that range"],
  ])("fails with the reason and with what to do if every candidate is taken: %j", (given, advice) => {
    const run = new FakeBin({ docker: absent, ip: "echo 192.168.0.0/16 dev wlan0" }).run(
      script("docker-network-ensure.sh"),
      { ...environment, ...given },
    );
    expect([run.exitCode, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toBe(
      `no free network for lab, of 3 tried: 192.168.10.0/24 overlaps the route 192.168.0.0/16 dev wlan0; ${advice}\n`,
    );
  });

  it("fails with Docker's own words for anything else", () => {
    const docker =
      'case "$1 $2" in "network inspect") echo "Error response from daemon: network lab not found" >&2; exit 1 ;; *) echo "permission denied" >&2; exit 1 ;; esac';
    const run = new FakeBin({ docker, ip: "true" }).run(script("docker-network-ensure.sh"), environment);
    expect([run.exitCode, run.stderr]).toEqual([1, "docker network create lab: permission denied\n"]);
  });
});

describe("a kind cluster", () => {
  const kind = `case "$1" in create) while [ "$1" != --kubeconfig ]; do shift; done; cat >"$FOLDER/definition"; echo kind-istio-lab-c >"$2"; rm -f "$FOLDER/removed" ;; esac`;
  /** Knows one node until it is removed. */
  const docker = `case "$1" in
  container) [ "$5" != istio-lab-c-control-plane ] || { echo "Error: No such container: $5" >&2; exit 1; }; echo "${OURS}" ;;
  ps) [ -e "$FOLDER/removed" ] || echo node1 node1 ;;
  rm) touch "$FOLDER/removed" ;;
esac`;
  const verbs = (calls: readonly string[]) => calls.map((call) => call.split(" ").slice(0, 2).join(" "));
  /** Has no node of the definition, and takes patches. */
  const freshCluster = `${KUBECONFIG_COMMANDS}; case "$*" in *" patch "*) ;; *) exit 1 ;; esac`;
  const standingCluster = `${KUBECONFIG_COMMANDS}; echo node/istio-lab-c-control-plane`;
  const environment = (bin: FakeBin) => ({
    ...OWNER,
    CLUSTER: "istio-lab-c",
    NETWORK: "lab",
    NODE_IMAGE: "node:1",
    IDENTITY: "abc",
    KUBECONFIG_FILE: join(bin.folder, "state", "kubeconfig.yaml"),
  });

  it("is made with a kubeconfig of its own that nobody else can read", () => {
    const bin = new FakeBin({ kind, docker, kubectl: freshCluster });
    const run = bin.run(script("kind-create.sh"), environment(bin), "{}");
    const file = environment(bin).KUBECONFIG_FILE;
    expect([run.stderr, run.stdout]).toEqual(["", "kind-istio-lab-c\n"]);
    expect(readFileSync(join(bin.folder, "definition"), "utf8")).toBe("{}\n");
    expect([statSync(file).mode & 0o777, statSync(join(bin.folder, "state")).mode & 0o777]).toEqual([0o600, 0o700]);
    const made = run.calls.filter((call) => /^kind create| patch /.test(call));
    expect(made[0]).toMatch(/^kind create cluster --retain --name istio-lab-c --image node:1 --kubeconfig /);
    expect(made[1]).toMatch(/ patch service kube-dns --patch {"spec":{"publishNotReadyAddresses":true}}$/);
  });

  it("is kept where it stands with the same definition", () => {
    const bin = new FakeBin({ kind, docker, kubectl: standingCluster });
    bin.run(script("kind-create.sh"), environment(bin), "{}");
    const again = bin.run(script("kind-create.sh"), environment(bin), "{}");
    expect([again.stderr, again.stdout]).toEqual(["", "kind-istio-lab-c\n"]);
    expect(again.calls.filter((call) => call.startsWith("kind create"))).toHaveLength(1);
    expect(again.calls.at(-2)).toContain("--context kind-istio-lab-c --request-timeout 5s get nodes --output name");
  });

  it("is recreated if an earlier run died before kind had finished", () => {
    const bin = new FakeBin({ kind, docker, kubectl: standingCluster });
    mkdirSync(join(bin.folder, "state"));
    writeFileSync(`${environment(bin).KUBECONFIG_FILE}.partial`, "half");
    const run = bin.run(script("kind-create.sh"), environment(bin), "{}");
    const changes = run.calls.filter((call) => /^(docker rm|kind create)/.test(call));
    expect(verbs(changes)).toEqual(["docker rm", "kind create"]);
    expect(run.calls.find((call) => call.startsWith("docker"))).toContain("label=io.x-k8s.kind.cluster=istio-lab-c");
  });

  it("leaves nothing but kind's output if kind fails, and fails with kind's own words", () => {
    const bin = new FakeBin({
      docker,
      kind: 'case "$1" in create) echo "ERROR: no such image" >&2; exit 1 ;; esac',
      kubectl: "exit 1",
    });
    const run = bin.run(script("kind-create.sh"), environment(bin), "{}");
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([
      1,
      "",
      `kind could not create the cluster istio-lab-c: ERROR: no such image\nall of it: ${environment(bin).KUBECONFIG_FILE}.log\n`,
    ]);
    expect(readFileSync(`${environment(bin).KUBECONFIG_FILE}.log`, "utf8")).toBe("ERROR: no such image\n");
    expect(verbs(run.calls.filter((call) => /^(docker rm|kind)/.test(call)))).toEqual(["docker rm", "kind create"]);
    expect(existsSync(environment(bin).KUBECONFIG_FILE)).toBe(false);
  });

  it("that is recreated keeps what somebody else has written into its kubeconfig, and so does its removal", () => {
    const bin = new FakeBin({ kind, docker, kubectl: freshCluster });
    const file = environment(bin).KUBECONFIG_FILE;
    const text = () => readFileSync(file, "utf8");
    mkdirSync(join(bin.folder, "state"));
    writeFileSync(file, "kind-istio-lab-c\nkind-mine\n");
    writeFileSync(join(bin.folder, "removed"), "");
    const run = bin.run(script("kind-create.sh"), environment(bin), "{}");
    expect([run.exitCode, run.stderr, text()]).toEqual([0, "", "kind-istio-lab-c\nkind-mine\n"]);
    expect(run.calls.find((call) => call.startsWith("kind create"))).toBeDefined();
    expect(bin.run(script("kind-delete.sh"), environment(bin)).exitCode).toBe(0);
    expect(text()).toBe("kind-mine\n");
  });

  it("never writes through a link that the user has put in place of its kubeconfig", () => {
    const bin = new FakeBin({ kind, docker, kubectl: freshCluster });
    const file = environment(bin).KUBECONFIG_FILE;
    const own = join(bin.folder, "own-config");
    mkdirSync(join(bin.folder, "state"));
    writeFileSync(join(bin.folder, "removed"), "");
    const link = () => {
      rmSync(file, { force: true });
      writeFileSync(own, "kind-istio-lab-c\nkind-mine\n");
      symlinkSync(own, file);
    };
    link();
    expect(bin.run(script("kind-delete.sh"), environment(bin)).exitCode).toBe(0);
    expect([existsSync(file), readFileSync(own, "utf8")]).toEqual([false, "kind-istio-lab-c\nkind-mine\n"]);
    mkdirSync(join(bin.folder, "state"), { recursive: true });
    link();
    expect(bin.run(script("kind-create.sh"), environment(bin), "{}").exitCode).toBe(0);
    expect([readFileSync(file, "utf8"), readFileSync(own, "utf8")]).toEqual([
      "kind-istio-lab-c\n",
      "kind-istio-lab-c\nkind-mine\n",
    ]);
  });

  it("is removed with a kubeconfig that holds nothing else", () => {
    const bin = new FakeBin({ kind, docker, kubectl: freshCluster });
    bin.run(script("kind-create.sh"), environment(bin), "{}");
    expect(existsSync(environment(bin).KUBECONFIG_FILE)).toBe(true);
    expect(bin.run(script("kind-delete.sh"), environment(bin)).exitCode).toBe(0);
    expect(existsSync(environment(bin).KUBECONFIG_FILE)).toBe(false);
  });

  it.each(CONTAINER_STRANGERS)("is neither made nor removed if a node of its name is marked %j", (labels, whose) => {
    const strange = `case "$1" in container) echo "${labels}" ;; ps) echo istio-lab-c-control-plane ;; esac`;
    for (const name of ["kind-create.sh", "kind-delete.sh"]) {
      const bin = new FakeBin({ kind, docker: strange, kubectl: "exit 1" });
      const run = bin.run(script(name), environment(bin), "{}");
      expect([run.exitCode, run.stderr]).toEqual([
        1,
        `the container istio-lab-c-control-plane ${whose} and stays as it is; choose another stack name with --stack, or remove it yourself\n`,
      ]);
      expect(run.calls.filter((call) => /^(docker rm|kind)/.test(call))).toEqual([]);
    }
  });

  it("gets a docker from us that marks what it runs, and pulls nothing", () => {
    const bin = new FakeBin({
      docker,
      kind: `docker run --name istio-lab-c-control-plane node:1; docker pull node:1; echo "pull: $?" >&2; docker version; exit 1`,
      kubectl: "exit 1",
    });
    const run = bin.run(script("kind-create.sh"), environment(bin), "{}");
    const called = run.calls.filter((call) => /^docker (run|pull|version)/.test(call));
    expect(called).toEqual([
      `docker run --pull never ${LABELS} --label=istio-lab.name=istio-lab-c-control-plane --name istio-lab-c-control-plane node:1`,
      "docker version",
    ]);
    expect(run.stderr).toBe(
      `kind could not create the cluster istio-lab-c: the image node:1 is not on this machine; run: npm run lab -- setup\npull: 1\nall of it: ${environment(bin).KUBECONFIG_FILE}.log\n`,
    );
  });

  it("is removed with its kubeconfig and folder, also when it is gone already", () => {
    const bin = new FakeBin({ kind, docker, kubectl: freshCluster });
    bin.run(script("kind-create.sh"), environment(bin), "{}");
    const runs = [1, 2].map(() => bin.run(script("kind-delete.sh"), environment(bin)));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(existsSync(join(bin.folder, "state"))).toBe(false);
  });
});

describe("a kubeconfig", () => {
  it.each([["kind-delete.sh"], ["kubeconfig-remove.sh"]])(
    "is removed by %s with what steps leave beside it, and without what the user has put there",
    (name) => {
      const bin = new FakeBin({
        docker: `[ "$1" != container ] || { echo "Error: No such container: c" >&2; exit 1; }`,
      });
      const file = join(bin.folder, "state", "kubeconfig-west.yaml");
      mkdirSync(join(bin.folder, "state"));
      const steps = ["", ".lock", ".log", ".exclusive", ".partial", ".partial.bak", ".partial.lock"];
      [...steps, ".bak", ".mine"].forEach((end) => writeFileSync(`${file}${end}`, ""));
      mkdirSync(`${file}.docker`);
      const environment = {
        CLUSTER: "c",
        KUBECONFIG_FILE: file,
        STACK: "test",
        STATE_ID: "0123",
        STATE_FOLDER: "/state",
      };
      expect(bin.run(script(name), environment).exitCode).toBe(0);
      expect(readdirSync(join(bin.folder, "state")).sort()).toEqual([
        "kubeconfig-west.yaml.bak",
        "kubeconfig-west.yaml.mine",
      ]);
    },
  );
});

describe("removing containers", () => {
  it("succeeds for one that is gone", () => {
    const docker = 'echo "Error response from daemon: No such container: gone" >&2; exit 1';
    const run = new FakeBin({ docker }).run(script("containers-remove.sh"), {}, "gone\n");
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  });

  it("tries again once what was frozen is thawed", () => {
    const docker = `case "$1" in rm) [ -e "$FOLDER/tried" ] || { touch "$FOLDER/tried"; echo frozen >&2; exit 1; } ;; inspect) echo id ;; esac`;
    const run = new FakeBin({ docker }).run(script("containers-remove.sh"), {}, "node\n");
    expect([run.exitCode, run.calls.map((call) => call.split(" ")[1])]).toEqual([0, ["rm", "inspect", "rm"]]);
  });

  it("fails with Docker's own words for one that stays", () => {
    const docker = 'case "$1" in rm) echo "did not receive an exit event" >&2; exit 1 ;; inspect) echo id ;; esac';
    const run = new FakeBin({ docker }).run(script("containers-remove.sh"), {}, "node\n");
    expect([run.exitCode, run.stderr]).toEqual([1, "node could not be removed: did not receive an exit event\n"]);
  });
});

describe("a VM that leaves the mesh", () => {
  const environment = {
    KUBECONFIG: "/k",
    NAMESPACE: "forum-services",
    WORKLOAD_ENTRY: "forum-192.168.10.200-vm-network",
    HOST_IDENTITY: "machine-1",
    SSH_PORT: "30022",
    SSH_USER: "student",
    SSH_ADDRESS: "127.0.0.1",
    KEY_FILE: "/key",
    KNOWN_HOSTS_FILE: "/known",
  };

  it("is left alone, and its WorkloadEntry with it, if another machine has come into its place", () => {
    const ssh = 'case "$*" in *"cat /etc/istio/istio-lab-host"*) echo machine-2;; esac';
    const run = new FakeBin({ ssh, kubectl: "true" }).run(script("vm-member-remove.sh"), environment);
    expect([run.exitCode, run.calls.length]).toEqual([0, 1]);
  });

  it.each([
    ["stops its sidecar first", 'case "$*" in *"cat /etc/istio/istio-lab-host"*) echo machine-1;; esac', ""],
    [
      "goes from the mesh even if it is gone itself",
      "exit 255",
      "the VM did not answer over SSH; only its WorkloadEntry is removed\n",
    ],
  ])("%s", (_, ssh, said) => {
    const run = new FakeBin({ ssh, kubectl: "true" }).run(script("vm-member-remove.sh"), environment);
    expect([run.exitCode, run.stderr]).toEqual([0, said]);
    expect(run.calls[1]).toContain(
      'StrictHostKeyChecking=yes -o UserKnownHostsFile="/known" student@127.0.0.1 sudo -n bash -euc',
    );
    expect(run.calls.at(-1)).toContain("delete workloadentry forum-192.168.10.200-vm-network --ignore-not-found");
  });
});

describe("waiting", () => {
  const common = `set -euo pipefail\n${readFileSync(join(folder, "lib", "common.sh"), "utf8")}\n`;

  it("fails at its deadline with the last thing seen", () => {
    const run = new FakeBin({ curl: "printf 503" }).run(script("url-answers.sh"), {
      URL: "http://127.0.0.1:30000",
      HOST_NAME: "webapp",
    });
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      "http://127.0.0.1:30000 with Host webapp answers 200: not so after 120 s; last seen: 503\n",
    ]);
  });

  // The clock counts whole seconds: when it shows one more, next to no time may have passed.
  it("looks once more when the clock shows the last second, which may have only begun", () => {
    const run = new FakeBin({ looks: "false" }).run(`${common}wait_until 2 "it" looks`, { WAIT_STEP: "1" });
    expect([run.exitCode, run.stderr]).toEqual([1, "it: not so after 2 s; last seen: nothing\n"]);
    expect(run.calls).toHaveLength(4); // at 0, 1, 2 and 3
  });

  it("pauses and goes by the real clock if no test sets WAIT_STEP", () => {
    const bin = new FakeBin({ looks: '[ -e "$FOLDER/paused" ]', sleep: 'touch "$FOLDER/paused"' });
    const run = bin.run(`${common}wait_until 60 "it" looks; echo "$clock"`, { WAIT_STEP: "" });
    expect([run.stdout, run.calls.map((call) => call.trim())]).toEqual(["SECONDS\n", ["looks", "sleep 0.2", "looks"]]);
  });

  it("ends as soon as it is so", () => {
    const bin = new FakeBin({
      curl: 'if [ -e "$FOLDER/second" ]; then printf 200; else touch "$FOLDER/second"; printf 503; fi',
    });
    const run = bin.run(script("url-answers.sh"), { URL: "http://127.0.0.1:30000", HOST_NAME: "webapp" });
    expect([run.exitCode, run.calls.length]).toEqual([0, 2]);
  });
});

describe("a node that its cluster does not know any more", () => {
  const kubectl = (registers: boolean) =>
    registers
      ? '[ "$(ls "$FOLDER" | grep -c asked)" -gt 1 ] || { mktemp "$FOLDER/asked-XXX" >/dev/null; echo NotFound >&2; exit 1; }'
      : "echo NotFound >&2; exit 1";
  const run = (registers: boolean) =>
    new FakeBin({ hostname: "echo node", systemctl: "true", kubectl: kubectl(registers) }).run(
      script("node-register.sh"),
      {},
    );

  it("is registered by its kubelet, which is started once, and is waited for", () => {
    const { exitCode, stderr, calls } = run(true);
    const ask = "kubectl --kubeconfig /etc/kubernetes/admin.conf get node node";
    expect([exitCode, stderr, calls]).toEqual([0, "", ["hostname ", "systemctl restart kubelet", ask, ask, ask]]);
  });

  it("and does not register, is reported with what was seen last", () => {
    const { exitCode, stderr } = run(false);
    expect([exitCode, stderr]).toEqual([1, "the node node is registered: not so after 45 s; last seen: NotFound\n"]);
  });
});
