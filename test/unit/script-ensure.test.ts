import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { script } from "../../infra/core/script";
import { FakeBin } from "../support/fake-bin";
import { KUBECONFIG_COMMANDS } from "../support/kubeconfig-commands";

/** Whose things the scripts make. */
const OWNER = { STACK: "test", STATE_ID: "0123", STATE_FOLDER: "/state" };
/** What docker says of the labels of a thing of that owner, in a fake of it. */
const OURS = "test|0123|$5|/state";

/** `docker run`, `kubectl create` and so on, without their further words. */
const verbs = (calls: readonly string[]) => calls.map((call) => call.split(" ").slice(0, 2).join(" "));

describe("a script that ensures something accepts that somebody was faster", () => {
  it("with the secret of MetalLB", () => {
    const kubectl = `cat >/dev/null; case "$*" in *"get secret"*) exit 1 ;; *"create secret"*) echo 'error: failed to create secret secrets "memberlist" already exists' >&2; exit 1 ;; esac`;
    const run = new FakeBin({ kubectl }).run(
      script("metallb-install.sh"),
      { KUBECONFIG: "/k", MANIFEST: "/dev/null" },
      "pool",
    );
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  });

  it("with the Docker network", () => {
    const docker = `case "$1 $2" in
  "network inspect") [ -e "$FOLDER/made" ] || { echo "Error response from daemon: network lab not found" >&2; exit 1; }; case "$*" in *istio-lab.stack*) echo "${OURS}" ;; *) echo 192.168.11.0/24 ;; esac ;;
  "network create") touch "$FOLDER/made"; echo "network with name lab already exists" >&2; exit 1 ;;
esac`;
    const environment = {
      NETWORK: "lab",
      ...OWNER,
      CANDIDATES: "192.168.10.0/24 192.168.10.10/31 192.168.10.1",
      WHY_FIRST: "as configured",
    };
    const run = new FakeBin({ docker, ip: "true" }).run(script("docker-network-ensure.sh"), environment);
    expect([run.exitCode, run.stderr, JSON.parse(run.stdout)]).toEqual([
      0,
      "",
      { cidr: "192.168.11.0/24", note: "192.168.11.0/24, as another run has made it" },
    ]);
  });

  it("with the removal of the Docker network", () => {
    const docker = `case "$1 $2" in "network inspect") echo "${OURS}" ;; "network rm") echo "Error response from daemon: network lab not found" >&2; exit 1 ;; esac`;
    const run = new FakeBin({ docker }).run(script("docker-network-remove.sh"), { NETWORK: "lab", ...OWNER });
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  });

  it("with the removal of a container", () => {
    const docker = `case "$1" in rm) touch "$FOLDER/$(ls "$FOLDER" | wc -l)"
  [ -e "$FOLDER/4" ] && { echo "Error: No such container: node" >&2; exit 1; }
  echo "removal of container node is already in progress" >&2; exit 1 ;;
esac`;
    const run = new FakeBin({ docker }).run(script("containers-remove.sh"), {}, "node\n");
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(verbs(run.calls).filter((call) => call === "docker rm")).toHaveLength(3);
  });

  it("with the SSH key", () => {
    const bin = new FakeBin({
      // While this one makes a key, another one has made its own.
      "ssh-keygen": `if [ "$1" = -y ]; then grep -s . "\${@: -1}" && exit; exit 1; fi
echo "theirs" >"$FOLDER/key"
if [ "\${@: -1}" = "$FOLDER/key" ]; then echo "already exists. Overwrite (y/n)?"; exit 1; fi
echo "mine" >"\${@: -1}"`,
    });
    const run = bin.run(script("ssh-key-ensure.sh"), { KEY_FILE: join(bin.folder, "key") });
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([0, "theirs\n", ""]);
    expect(readFileSync(join(bin.folder, "key.pub"), "utf8")).toBe("theirs\n");
  });
});

describe("the files with which a VM joins", () => {
  const istioctl = `for word in "$@"; do folder=$word; done
for file in cluster.env hosts istio-token root-cert.pem; do echo "$file" >"$folder/$file"; done
printf 'tracing:\\n  zipkin:\\n    address: zipkin.istio-system:9411\\nother: zipkinXistio-system:9411\\n' >"$folder/mesh.yaml"`;
  const meshOf = (collector: Readonly<Record<string, string>>) => {
    const bin = new FakeBin({ kubectl: "echo 192.168.10.240", istioctl });
    const place = { KUBECONFIG: "/k", GROUP: "forum", NAMESPACE: "f", CLUSTER_ID: "c", VM_ADDRESS: "a" };
    const run = bin.run(script("vm-configuration.sh"), { ...place, INGRESS_ADDRESS: "192.168.10.240", ...collector });
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    return execFileSync("tar", ["-xO", "mesh.yaml"], { input: Buffer.from(run.stdout, "base64"), encoding: "utf8" });
  };

  it("name the collector of spans by an address that the VM reaches, and nothing else otherwise", () => {
    const reached = { SPAN_COLLECTOR: "zipkin.istio-system:9411", REACHED_COLLECTOR: "192.168.10.10:30041" };
    const mesh = (address: string) => `tracing:\n  zipkin:\n    address: ${address}\nother: zipkinXistio-system:9411\n`;
    expect(meshOf(reached)).toBe(mesh("192.168.10.10:30041"));
    expect(meshOf({})).toBe(mesh("zipkin.istio-system:9411"));
  });
});

describe("the stack's SSH key", () => {
  const ensure = (bin: FakeBin) => bin.run(script("ssh-key-ensure.sh"), { KEY_FILE: join(bin.folder, "state", "key") });
  const fileOf = (bin: FakeBin, name: string) => join(bin.folder, "state", name);

  it("is made once, for its owner alone, with its public half", () => {
    const bin = new FakeBin({});
    const [first, second] = [ensure(bin), ensure(bin)];
    expect(first.stdout).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    expect(second).toEqual(first);
    expect(statSync(fileOf(bin, "key")).mode & 0o777).toBe(0o600);
    expect(readFileSync(fileOf(bin, "key.pub"), "utf8")).toMatch(/^ssh-ed25519 \S+ istio-lab\n$/);
  });

  it.each(["", "half a key", "-----BEGIN OPENSSH PRIVATE KEY-----\n"])("is recreated if its file holds %j", (text) => {
    const bin = new FakeBin({});
    const first = ensure(bin);
    writeFileSync(fileOf(bin, "key"), text);
    const healed = ensure(bin);
    expect([healed.exitCode, healed.stderr]).toEqual([0, ""]);
    expect(healed.stdout).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n[^-]+\n-----END/);
    expect(healed.stdout).not.toBe(first.stdout);
  });

  it("gets its public half back if that was damaged", () => {
    const bin = new FakeBin({});
    ensure(bin);
    const whole = readFileSync(fileOf(bin, "key.pub"), "utf8");
    writeFileSync(fileOf(bin, "key.pub"), "damaged");
    ensure(bin);
    expect(readFileSync(fileOf(bin, "key.pub"), "utf8")).toBe(whole);
  });

  it("leaves nothing when it is removed", () => {
    const bin = new FakeBin({});
    ensure(bin);
    writeFileSync(fileOf(bin, "key.4711"), "of a run that was killed");
    expect(bin.run(script("ssh-key-remove.sh"), { KEY_FILE: fileOf(bin, "key") }).exitCode).toBe(0);
    expect(existsSync(join(bin.folder, "state"))).toBe(false);
  });

  it("leaves the user's copy of it when it is removed", () => {
    const bin = new FakeBin({});
    ensure(bin);
    ["key.bak", "key.2026.txt"].forEach((name) => writeFileSync(fileOf(bin, name), "the user's"));
    expect(bin.run(script("ssh-key-remove.sh"), { KEY_FILE: fileOf(bin, "key") }).exitCode).toBe(0);
    expect(readdirSync(join(bin.folder, "state")).sort()).toEqual(["key.2026.txt", "key.bak"]);
  });
});

describe("what kubectl keeps in the stack's folder", () => {
  const removers = [
    ["known-hosts-remove.sh", "KNOWN_HOSTS_FILE"],
    ["kubeconfig-remove.sh", "KUBECONFIG_FILE"],
    ["ssh-key-remove.sh", "KEY_FILE"],
  ] as const;
  /** Runs a script that removes one file of a folder that has kubectl's cache; @returns what is left in it, or nothing if it is gone. */
  const leftAfter = (name: string, variable: string, others: readonly string[]) => {
    const bin = new FakeBin({ kubectl: "true" });
    const folder = join(bin.folder, "state");
    mkdirSync(join(folder, "kube-cache", "discovery"), { recursive: true });
    ["file", ".istio-lab.json", ...others].forEach((each) => writeFileSync(join(folder, each), ""));
    const run = bin.run(script(name), { [variable]: join(folder, "file") });
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    return existsSync(folder) ? readdirSync(folder, { recursive: true }).sort() : [];
  };

  it.each(removers)(
    "stays while the folder holds another file, since a kubectl may be writing there: %s",
    (...remover) => {
      const left = [".istio-lab.json", "id_ed25519", "kube-cache", "kube-cache/discovery"];
      expect(leftAfter(...remover, ["id_ed25519"])).toEqual(left);
    },
  );

  it.each(removers)("goes with the folder's last file: %s", (...remover) => {
    expect(leftAfter(...remover, [])).toEqual([]);
  });
});

describe("a container that stands for a VM", () => {
  /**
   * Docker with one container at most. In `$FOLDER`: `ready-N` exists if the Nth container that is made becomes ready; `standing` exists
   * while there is one, and holds its number; `was-ready` exists if it once became ready, `ssh` while its sshd runs, and `created` if it never ran.
   */
  const docker = `
number=$(cat "$FOLDER/standing" 2>/dev/null || true)
case "$1" in
  container) [ -z "$number" ] || exec echo "${OURS}"; echo "Error: No such container: c" >&2; exit 1 ;;
  inspect) case "$*" in *State.Status*) [ -e "$FOLDER/created" ] && exec echo created; exec echo exited ;; esac
    [ -n "$number" ] && cat "$FOLDER/state" 2>/dev/null || { [ -n "$number" ] && echo "true i"; } ;;
  run) echo 1 >>"$FOLDER/runs"; wc -l <"$FOLDER/runs" >"$FOLDER/standing"; rm -f "$FOLDER/state" ;;
  rm) rm -f "$FOLDER/standing" "$FOLDER/state" ;;
  start) [ ! -e "$FOLDER/stuck" ] || { echo "Error response from daemon: port is already allocated" >&2; exit 1; }; rm -f "$FOLDER/state" ;;
  logs) echo "Failed to allocate manager object: Too many open files" ;;
  exec)
    case "$*" in
      *is-system-running*) [ -e "$FOLDER/ready-$((number))" ] && echo running || echo initializing ;;
      *"test -s"*) [ -e "$FOLDER/was-ready" ] ;;
      *"is-active ssh"*) [ -e "$FOLDER/ssh" ] ;;
      *list-jobs*) echo "1 multi-user.target start waiting" ;;
      *ssh_host_ed25519_key.pub*) echo "ssh-ed25519 KEY$((number))" ;;
      *) cat >/dev/null ;;
    esac ;;
esac`;
  const made = (calls: readonly string[]) => verbs(calls).filter((call) => /docker (run|rm|start)/.test(call));

  function ensure(files: Readonly<Record<string, string>>, prepare: (folder: string) => void = () => undefined) {
    const bin = new FakeBin({ docker });
    prepare(bin.folder);
    for (const [name, text] of Object.entries({ "key.pub": "ssh-ed25519 MINE", ...files })) {
      writeFileSync(join(bin.folder, name), text);
    }
    const environment = {
      ...{ CONTAINER: "c", HOST_NAME: "h", IMAGE: "i", NETWORK: "n", ADDRESS: "a", SSH_PORT: "1", ...OWNER },
      ...{ IDENTITY: "i", HOSTS: "", KEY_FILE: join(bin.folder, "key"), KNOWN_HOSTS_FILE: join(bin.folder, "known") },
    };
    return { bin, run: bin.run(script("container-host-create.sh"), environment) };
  }

  it.each([
    ["is made", { "ready-1": "" }, ["docker run"], "KEY1"],
    ["stays if it is ready", { standing: "7", "ready-7": "" }, [], "KEY7"],
    ["is started if it was stopped", { standing: "7", state: "false i", "ready-7": "" }, ["docker start"], "KEY7"],
    [
      "is recreated if it is another one",
      { standing: "7", state: "true j", "ready-1": "" },
      ["docker rm", "docker run"],
      "KEY1",
    ],
    [
      "is recreated if it never ran, e.g. since its port was taken",
      { standing: "7", state: "false i", created: "", "ready-1": "" },
      ["docker rm", "docker run"],
      "KEY1",
    ],
    [
      "stays if it was ready once and SSH answers, also if systemd waits for a unit of the user's",
      { standing: "7", "was-ready": "", ssh: "" },
      [],
      "KEY7",
    ],
    ["is recreated if it never became ready", { standing: "7", "ready-1": "" }, ["docker rm", "docker run"], "KEY1"],
    [
      "is recreated if it was stopped and never became ready",
      { standing: "7", state: "false i", "ready-1": "" },
      ["docker start", "docker rm", "docker run"],
      "KEY1",
    ],
  ])("%s", (_, files, calls, key) => {
    const { bin, run } = ensure(files);
    expect([run.exitCode, run.stderr, run.stdout]).toEqual([0, "", `ssh-ed25519 ${key}`]);
    expect(made(run.calls)).toEqual(calls);
    expect(readFileSync(join(bin.folder, "known"), "utf8")).toBe(`[127.0.0.1]:1 ssh-ed25519 ${key}\n`);
  });

  it.each([
    ["a new one", {}, ["docker run", "docker rm"]],
    ["one that stood, and the one in its place", { standing: "7" }, ["docker rm", "docker run", "docker rm"]],
  ])("fails with its last state if %s does not become ready, and leaves none for the next up", (_, files, calls) => {
    const { run } = ensure(files);
    expect([run.exitCode, run.stdout]).toEqual([1, ""]);
    expect(run.stderr.split("\n")).toEqual([
      "c: systemd is up: not so after 60 s; last seen: initializing",
      "waits for: 1 multi-user.target start waiting",
      "its log: Failed to allocate manager object: Too many open files",
      "the container is removed, and recreated by the next up",
      "",
    ]);
    expect(made(run.calls)).toEqual(calls);
  });

  it.each([
    [
      "does not become ready again",
      {},
      [],
      [
        "c: systemd is up: not so after 60 s; last seen: initializing",
        "waits for: 1 multi-user.target start waiting",
        "its log: Failed to allocate manager object: Too many open files",
        "nothing was removed; to lose all that is on it and have it recreated: docker rm --force --volumes c",
      ],
    ],
    [
      "cannot be started",
      { state: "false i", stuck: "" },
      ["docker start"],
      ["the container c could not be started: Error response from daemon: port is already allocated"],
    ],
  ])("is never removed if it was ready once and %s", (_, files, calls, said) => {
    const { run } = ensure({ standing: "7", "was-ready": "", ...files });
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([1, "", `${said.join("\n")}\n`]);
    expect(made(run.calls)).toEqual(calls);
  });

  it("has its known hosts written in place of a link of the user's, and not through it", () => {
    const { bin, run } = ensure({ standing: "7", "ready-7": "" }, (folder) => {
      writeFileSync(join(folder, "own"), "mine\n");
      symlinkSync(join(folder, "own"), join(folder, "known"));
    });
    const text = (name: string) => readFileSync(join(bin.folder, name), "utf8");
    expect([run.exitCode, text("own"), text("known")]).toEqual([0, "mine\n", "[127.0.0.1]:1 ssh-ed25519 KEY7\n"]);
  });

  it("is another run's if that was faster with the same definition", () => {
    const bin = new FakeBin({
      docker: `case "$1" in
  run) touch "$FOLDER/standing"; echo 'docker: Error response from daemon: Conflict. The container name "/c" is already in use' >&2; exit 125 ;;
  container) [ ! -e "$FOLDER/standing" ] || exec echo "${OURS}"; echo "Error: No such container: c" >&2; exit 1 ;;
  inspect) [ ! -e "$FOLDER/standing" ] || echo "true i" ;;
  exec) case "$*" in *is-system-running*) echo running ;; *pub) echo "ssh-ed25519 K" ;; *) cat >/dev/null ;; esac ;;
esac`,
    });
    writeFileSync(join(bin.folder, "key.pub"), "");
    const environment = {
      ...{ CONTAINER: "c", HOST_NAME: "h", IMAGE: "i", NETWORK: "n", ADDRESS: "a", SSH_PORT: "1", ...OWNER },
      ...{ IDENTITY: "i", HOSTS: "", KEY_FILE: join(bin.folder, "key"), KNOWN_HOSTS_FILE: join(bin.folder, "known") },
    };
    const run = bin.run(script("container-host-create.sh"), environment);
    expect([run.exitCode, run.stderr, run.stdout]).toEqual([0, "", "ssh-ed25519 K"]);
  });
});

describe("a kind cluster that stands", () => {
  const kind = `while [ "$1" != --kubeconfig ]; do shift; done; printf "kind-istio-lab-c\\n" >"$2"; echo >"$FOLDER/new"`;
  const docker = `case "$1" in container) echo "${OURS}" ;; ps) [ -e "$FOLDER/removed" ] || echo node1 node1 ;; rm) touch "$FOLDER/removed" ;; start) [ ! -e "$FOLDER/stuck" ] || { echo "Error response from daemon: no space left on device" >&2; exit 1; } ;;
    exec) case "$*" in *kubeadm.conf) cat "$FOLDER/labels" 2>/dev/null ;; *) touch "$FOLDER/restarted" ;; esac ;; esac`;
  const changes = (calls: readonly string[]) =>
    calls
      .flatMap((call) => (call.startsWith("docker exec") ? [call] : verbs([call])))
      .filter((call) => /^docker (rm|start|exec)|^kind/.test(call));

  const STARTED = ["docker start", "docker exec node1 grep -o istio-lab/identity=[0-9a-f]* /kind/kubeadm.conf"];
  const RESTARTED = [...STARTED, "docker exec node1 systemctl restart kubelet"];
  const NOTHING =
    "nothing was removed; heal restarts the node; to lose all that is in the cluster and have it recreated: docker rm --force --volumes node1\n";
  interface Row {
    readonly title: string;
    readonly readyz?: string;
    readonly known?: string;
    readonly labels?: string;
    readonly stuck?: true;
    readonly calls: readonly string[];
    readonly fails?: string;
  }

  it.each<Row>([
    {
      title: "is kept if its API server answers late",
      readyz: 'n=$(ls "$FOLDER" | wc -l); touch "$FOLDER/$n"; [ -e "$FOLDER/5" ] || exit 1',
      calls: STARTED,
    },
    { title: "is kept if what kubeadm got cannot be read", labels: "", calls: STARTED },
    {
      title: "is kept if its node is not known to it and comes back with the kubelet",
      known: '[ ! -e "$FOLDER/restarted" ] || echo node/istio-lab-c',
      calls: RESTARTED,
    },
    {
      title: "is recreated if it has another definition",
      labels: "istio-lab/identity=def\n",
      calls: [...STARTED, "docker rm", "kind create"],
    },
    {
      title: "fails, and stays, if its API server never answers",
      readyz: "exit 1",
      calls: STARTED,
      fails: `istio-lab-c: the API server answers: not so after 60 s; last seen: nothing\n${NOTHING}`,
    },
    {
      title: "fails, and stays, if its node does not come back",
      known: "true",
      calls: RESTARTED,
      fails: `istio-lab-c: its node is known: not so after 60 s; last seen: nothing\n${NOTHING}`,
    },
    {
      title: "fails, and stays, if its node cannot be started",
      stuck: true,
      calls: ["docker start"],
      fails: "the node node1 could not be started: Error response from daemon: no space left on device\n",
    },
  ])("$title", ({ readyz = "true", known = "echo node/istio-lab-c", calls, fails, ...files }) => {
    const kubectl = `${KUBECONFIG_COMMANDS}; case "$*" in *readyz*) ${readyz} ;; *"get nodes"*) ${known} ;; esac`;
    const bin = new FakeBin({ kind, docker, kubectl });
    const file = join(bin.folder, "kubeconfig.yaml");
    writeFileSync(file, "kind-istio-lab-c\n");
    writeFileSync(join(bin.folder, "labels"), files.labels ?? "istio-lab/identity=abc\nistio-lab/identity=abc\n");
    if (files.stuck) {
      writeFileSync(join(bin.folder, "stuck"), "");
    }
    const environment = {
      ...OWNER,
      CLUSTER: "istio-lab-c",
      NETWORK: "n",
      NODE_IMAGE: "i",
      IDENTITY: "abc",
      KUBECONFIG_FILE: file,
    };
    const run = bin.run(script("kind-create.sh"), environment, "{}");
    expect([run.exitCode, run.stdout, run.stderr]).toEqual(fails ? [1, "", fails] : [0, "kind-istio-lab-c\n", ""]);
    expect(existsSync(join(bin.folder, "new"))).toBe(calls.includes("kind create"));
    expect(changes(run.calls)).toEqual(calls);
  });
});
