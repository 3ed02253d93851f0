import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HostileLab } from "../support/hostile-lab";
import { failed, hostState, type HostState, type UpReport, type Verdict } from "../support/lab";

const lab = new HostileLab("e2e-v");
const VM = "istio-lab-e2e-v-forum-vm";
const NODE = "istio-lab-e2e-v-k3s-s-control-plane";
const NETWORK = "istio-lab-e2e-v-network";
const docker = (...words: string[]) => execFileSync("docker", words, { encoding: "utf8" }).trim();
const verified = async () => {
  const verdict = await lab.json<Verdict>("verify");
  return { failed: failed(verdict), checks: verdict.results.length };
};
const WHOLE = { failed: [], checks: 23 };
let before: HostState;

beforeAll(() => {
  before = hostState();
  lab.lowerLimits();
});
afterAll(async () => {
  execFileSync("docker", ["rm", "--force", "--volumes", "e2e-stranger"], { stdio: "ignore" });
  execFileSync("docker", ["network", "rm", "--force", "e2e-theirs"], { stdio: "ignore" });
  await lab.cleanUp();
});

describe("a lab on somebody's machine", () => {
  it("is built and verified with proxies, other projects' variables, a blank in the state folder and Debian's limits", async () => {
    const run = await lab.run("up", ["-c", "portBase=32100"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout + run.stderr).not.toContain("noise");
    expect(await verified()).toEqual(WHOLE);
  });

  it("is logged in to, and asked by kubectl, from a folder with a blank", async () => {
    const [vm, node] = [
      await lab.run("exec", ["forum-vm", "hostname"]),
      await lab.run("exec", ["k3s-s", "--", "kubectl", "get", "nodes", "--output", "name"]),
    ];
    expect([vm.stdout, node.stdout]).toEqual(["forum-vm\n", `node/${NODE}\n`]);
  });

  it("lets students change its kubeconfig by kubectl, and works on", async () => {
    const words = ["kubectl", "config", "set-context", "--current", "--namespace", "istioinaction"];
    const run = await lab.run("exec", ["k3s-s", ...words]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(await verified()).toEqual(WHOLE);
  });

  it("says nothing is to change only after a look, in which a deleted object is found and recreated", async () => {
    expect(Object.keys((await lab.json<UpReport>("up")).changes)).toEqual(["same"]);
    const gone = await lab.run("exec", [
      ...["k3s-s", "kubectl", "--namespace", "istioinaction", "delete"],
      ...["deployment/catalog", "service/webapp", "gateway/coolstore-gateway"],
    ]);
    expect(gone.exitCode, gone.stderr).toBe(0);
    const { changes } = await lab.json<UpReport>("up");
    expect(changes).toMatchObject({ replace: 3 });
    expect(await verified()).toEqual(WHOLE);
  });

  it("is healed after a night off, token and certificate expired, within a minute", async () => {
    docker("exec", VM, "bash", "-c", NIGHT_OFF);
    docker("stop", "--time", "2", VM, NODE);
    const run = await lab.run("heal");
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    expect(run.stderr).toContain("forum-vm got a fresh token");
    expect(run.seconds).toBeLessThan(60);
    expect(await verified()).toEqual(WHOLE);
  });

  it("is healed if Istio's namespace was deleted, with another root certificate for the VM", async () => {
    const gone = await lab.run("exec", ["k3s-s", "kubectl", "delete", "namespace", "istio-system"]);
    expect(gone.exitCode, gone.stderr).toBe(0);
    const run = await lab.run("heal");
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    expect(run.stderr).toContain("and the root certificate of the mesh");
    expect(await verified()).toEqual(WHOLE);
  });

  it("is continued by heal if it was paused", async () => {
    docker("pause", VM);
    const run = await lab.run("heal");
    expect([run.exitCode, run.stderr]).toEqual([
      0,
      expect.stringContaining(`the container ${VM} was continued`) as string,
    ]);
  });

  it("comes back to its network by heal, and keeps what it has, its node and its VM at their own addresses", async () => {
    const started = () => docker("inspect", "--format", "{{.State.StartedAt}}", NODE, VM);
    const address = () =>
      docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", NODE, VM);
    const before = [started(), address()];
    docker("network", "disconnect", NETWORK, NODE);
    docker("network", "disconnect", NETWORK, VM);
    docker("network", "connect", "--ip", "192.168.10.77", NETWORK, VM);
    const run = await lab.run("heal");
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    expect(run.stderr).toContain(`the container ${NODE} was put back on the network ${NETWORK}`);
    expect([started(), address()]).toEqual(before);
    expect(await verified()).toEqual(WHOLE);
  });

  it("gets back from heal what a killed verify had changed", async () => {
    const note = join(lab.stateFolder, lab.stack, "scenario.json");
    await lab.run("verify", ["--only", "forum-stopped"], async (pid) => {
      const noted = () => existsSync(note) && readFileSync(note, "utf8").includes("forum-stopped");
      await expect.poll(noted, { timeout: 60_000, interval: 20 }).toBe(true);
      await pause(300);
      process.kill(pid, "SIGKILL");
    });
    const refused = await lab.run("verify");
    expect([refused.exitCode, refused.stdout]).toEqual([1, ""]);
    const run = await lab.run("heal");
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    expect(run.stderr).toContain("what the interrupted scenario forum-stopped had changed was put back");
    expect(await verified()).toEqual(WHOLE);
  });

  it.each(["up", "heal"])(
    "gets its network back from %s if its containers were stopped and it was pruned, and keeps what was done in them",
    async (verb) => {
      const made = () => docker("inspect", "--format", "{{.Id}}", NODE, VM);
      const before = made();
      docker("exec", VM, "sh", "-c", "echo mine >/root/work");
      docker("stop", "--time", "2", VM, NODE);
      docker("network", "rm", NETWORK);
      const run = await lab.run(verb);
      expect(run.exitCode, run.stderr).toBe(0);
      expect(run.stderr).toContain(`the network ${NETWORK} was gone, and was created again at its addresses`);
      expect([made(), docker("exec", VM, "cat", "/root/work")]).toEqual([before, "mine"]);
      expect(await verified()).toEqual(WHOLE);
    },
  );

  it("is given up by up only if the user agrees, if somebody else has the addresses of its network", async () => {
    docker("stop", "--time", "2", VM, NODE);
    docker("network", "rm", NETWORK);
    docker("network", "create", "--subnet", "192.168.10.0/24", "e2e-theirs");
    const taken = `no free network for ${NETWORK}, of 1 tried: 192.168.10.0/24 overlaps the Docker network e2e-theirs`;
    const [healed, refused] = [await lab.run("heal"), await lab.run("up")];
    expect([healed.exitCode, healed.stdout]).toEqual([1, expect.stringContaining(taken) as string]);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining(taken) as string]);
    const run = await lab.run("up", ["--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toContain(`gone, and to be created again: network ${NETWORK}`);
    expect(await verified()).toEqual(WHOLE);
    docker("network", "rm", "e2e-theirs");
  });

  it("is not destroyed over a stranger on its network, who is named and left alone", async () => {
    const image = docker("inspect", "--format", "{{.Image}}", VM);
    docker(
      ...["run", "--detach", "--name", "e2e-stranger", "--volume", "/data", "--network", NETWORK],
      ...["--entrypoint", "sleep", image, "infinity"],
    );
    const refused = await lab.run("destroy", ["--yes"]);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      `stack e2e-v: nothing was removed, since containers that are not known as the lab's depend on what would be removed: container e2e-stranger\n` +
        `  disconnect it: docker network disconnect --force ${NETWORK} e2e-stranger\n`,
    ]);
    docker("network", "disconnect", "--force", NETWORK, "e2e-stranger");
    const run = await lab.run("destroy", ["--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(docker("inspect", "--format", "{{.State.Running}} {{len .Mounts}}", "e2e-stranger")).toBe("true 1");
    docker("rm", "--force", "--volumes", "e2e-stranger");
    expect(hostState()).toEqual(before);
  });
});

/** Expires what a VM proves itself with, in the VM: nobody waits for a day. */
const NIGHT_OFF = `set -e
systemctl stop istio
part() { base64 -w 0 | tr '/+' '_-' | tr -d '='; }
printf '%s.%s.x' "$(printf '{"alg":"RS256"}' | part)" "$(printf '{"exp":%s}' "$(($(date +%s) - 30000))" | part)" >/etc/istio/tokens/istio-token
cd "$(mktemp -d)"
touch index
echo 01 >serial
cat >ca.cnf <<'CNF'
[ca]
default_ca=own
[own]
database=index
serial=serial
new_certs_dir=.
default_md=sha256
policy=any
[any]
commonName=supplied
[req]
distinguished_name=name
[name]
CNF
openssl req -new -newkey rsa:2048 -nodes -subj /CN=old -keyout key.pem -out request.pem -config ca.cnf 2>/dev/null
openssl ca -batch -selfsign -config ca.cnf -keyfile key.pem -in request.pem -startdate 20230101000000Z -enddate 20240101000000Z -out cert-chain.pem -notext 2>/dev/null
install -m 600 -o istio-proxy key.pem cert-chain.pem /etc/certs/
`;
