import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { k3sServerUserData, PACKAGES, vmUserData } from "../../infra/core/user-data";
import { docker, run } from "../support/aws/machines/docker";
import {
  containerMachines,
  ensureInstanceImage,
  InstanceShell,
  internetOf,
  removeAll,
} from "../support/aws/machines/index";
import { Ownership } from "../support/aws/machines/ownership";
import type { MachineSpec } from "../support/aws/machines";

const account = mkdtempSync(join(tmpdir(), "istio-lab-account-"));
const keyFile = join(account, "key");
const machines = containerMachines(account);
const internet = internetOf(account);
const ownership = new Ownership(account);

const subnet = { subnetId: "subnet-1", subnetCidr: "192.168.10.0/24" };
const cluster = { hostName: "k3s-s", address: "192.168.10.10", publicAddress: "127.77.0.1" };
const vm = { hostName: "forum-vm", address: "192.168.10.200", publicAddress: "127.77.0.2" };
const server = new InstanceShell(cluster.publicAddress, keyFile);
const forum = new InstanceShell(vm.publicAddress, keyFile);

const NETWORKS = { podCidr: "172.16.0.0/16", serviceCidr: "10.10.200.0/24" };
const WEB = `
kind: Pod
apiVersion: v1
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: "docker.io/library/nginx:alpine", imagePullPolicy: IfNotPresent}]}
---
kind: Service
apiVersion: v1
metadata: {name: first}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: tls, port: 15443, targetPort: 80, nodePort: 30000}]}
---
kind: Service
apiVersion: v1
metadata: {name: second}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: tls, port: 15443, targetPort: 80}]}
`;

let clusterSpec: MachineSpec;
let vmSpec: MachineSpec;

beforeAll(async () => {
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", keyFile], { timeout: 10_000 });
  const common = {
    ...subnet,
    image: await ensureInstanceImage(),
    publicKey: readFileSync(`${keyFile}.pub`, "utf8").trim(),
    region: "ap-northeast-2",
    availabilityZone: "ap-northeast-2a",
    metadataTags: true,
  };
  clusterSpec = {
    ...common,
    instanceId: "i-cluster",
    privateIp: cluster.address,
    publicIp: cluster.publicAddress,
    openPorts: [22, 6443, 15443, 30000],
    instanceType: "t3.xlarge",
    tags: { Name: cluster.hostName },
    userData: k3sServerUserData({ ...cluster, ...NETWORKS, k3s: "1.28.15+k3s1", helm: "3.17.3" }),
  };
  vmSpec = {
    ...common,
    instanceId: "i-vm",
    privateIp: vm.address,
    publicIp: vm.publicAddress,
    openPorts: [22, 80],
    instanceType: "t3.small",
    tags: { Name: vm.hostName },
    userData: vmUserData(vm),
  };
});

afterAll(async () => {
  await removeAll(account);
  rmSync(account, { recursive: true, force: true });
});

/** What the metadata service says at a path, with its status, after a token has been had. */
const metadata = (path: string) =>
  `token=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)
   curl -s -w " %{http_code}" -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/${path}`;

/** Status of an HTTPS answer by a server that an authority vouches for under the very address. */
async function statusOf(url: string, authority: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { ca: authority }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on("error", reject);
  });
}

/** Status of an HTTP answer on a port of the cluster's public address. */
async function statusOfPage(port: number): Promise<number> {
  return (await fetch(`http://${cluster.publicAddress}:${port}/`, { headers: { connection: "close" } })).status;
}

async function stateBecomes(instanceId: string, wanted: string): Promise<void> {
  await expect.poll(async () => machines.state(instanceId), { timeout: 60_000 }).toBe(wanted);
}

describe("two instances of the notes", () => {
  it("refuse SSH at first and let the key's holder in once they have booted", async () => {
    await machines.createSubnet(subnet.subnetId, subnet.subnetCidr);
    await internet.setFaults(subnet.subnetId, [
      { url: "get.k3s.io/", status: 503, times: 1 },
      { url: "github.com/ahmetb/kubectx/info/refs", status: 503, times: 1 },
      { url: "get.helm.sh/helm-v3.17.3-linux-amd64.tar.gz", delaySeconds: 1, times: 1 },
    ]);
    await Promise.all([machines.launch(clusterSpec), machines.launch(vmSpec)]);
    expect([await machines.state("i-cluster"), await machines.state("i-vm")]).toEqual(["running", "running"]);
    expect((await server.try("true")).exitCode).toBe(255);
    expect(await server.until("whoami", 60)).toBe("ubuntu");
    expect(await forum.until("sudo whoami", 60)).toBe("root");
  });

  it("do what their user data says, though the internet fails now and then", async () => {
    for (const shell of [server, forum]) {
      expect(await shell.run("cloud-init status --wait")).toContain("status: done");
      expect(
        await shell.run("systemctl --failed --no-legend; sudo grep -F '[WARNING]' /var/log/cloud-init.log || true"),
      ).toBe("");
      expect(await shell.run("date +%Z")).toBe("KST");
    }
    const asked = await internet.requests(subnet.subnetId);
    expect(asked.filter((line) => line.endsWith(" get.k3s.io/"))).toEqual([
      `${cluster.address} 503 get.k3s.io/`,
      `${cluster.address} 200 get.k3s.io/`,
    ]);
    expect([await server.run("hostname"), await forum.run("hostname")]).toEqual([cluster.hostName, vm.hostName]);
    await server.run(`dpkg --status ${PACKAGES.k3sServer.join(" ")}`);
    await forum.run(`dpkg --status ${PACKAGES.vm.join(" ")}`);
    expect((await fetch(`http://${vm.publicAddress}/`)).headers.get("server")).toContain("Apache");
    expect(await server.run("helm version && k3s --version")).toMatch(/v3\.17\.3[^]*k3s version v1\.28\.15\+k3s1 /);
    expect(await server.run("sudo bash -lc 'kubectx && kubens && type kube_ps1'")).toContain("namespace/kube-system");
  });

  it("run a cluster with the notes' networks, whose certificate names the public address", async () => {
    const nodes = await server.until("sudo kubectl get nodes --no-headers | grep -w Ready", 60);
    expect(nodes).toMatch(/^k3s-s +Ready +control-plane,master +\S+ +v1\./);
    expect(await server.run("sudo stat -c '%a %U' /etc/rancher/k3s/k3s.yaml /var/lib/rancher/k3s/server/token")).toBe(
      "600 root\n600 root",
    );
    const kubeconfig = await server.run("sudo cat /etc/rancher/k3s/k3s.yaml");
    const authority = /certificate-authority-data: (\S+)/.exec(kubeconfig)?.[1] ?? "";
    const status = await statusOf(
      `https://${cluster.publicAddress}:6443/readyz`,
      Buffer.from(authority, "base64").toString(),
    );
    expect(status).toBe(200);
    expect(await server.run("sudo kubectl get service kubernetes -o jsonpath={.spec.clusterIP}")).toBe("10.10.200.1");
  });

  it("serve load balancers on the node's address, one for each port", async () => {
    await server.run("sudo kubectl apply -f -", WEB);
    await server.run("sudo kubectl wait pod/web --for condition=Ready --timeout 60s");
    expect(await server.run("sudo kubectl get pod web -o jsonpath={.status.podIP}")).toMatch(/^172\.16\./);
    expect(await forum.until(`curl -sf ${cluster.address}:15443`, 30)).toContain("nginx");
    for (const port of [15443, 30000]) {
      expect(await statusOfPage(port)).toBe(200);
    }
    const address = "-o jsonpath={.status.loadBalancer.ingress[0].ip}";
    expect(await server.run(`sudo kubectl get service first ${address}`)).toBe(cluster.address);
    expect(await server.run(`sudo kubectl get service second ${address}`)).toBe("");
    await server.run("sudo kubectl delete service first");
    await server.until(`sudo kubectl get service second ${address} | grep -x ${cluster.address}`, 30);
  });

  it("tell an instance about itself, and its tags as they are now", async () => {
    expect(await forum.run("curl -s -o /dev/null -w %{http_code} http://169.254.169.254/latest/meta-data/")).toBe(
      "401",
    );
    expect(await forum.run(metadata("instance-id"))).toBe("i-vm 200");
    expect(await forum.run(metadata("placement/region"))).toBe("ap-northeast-2 200");
    expect(await forum.run(metadata("public-ipv4"))).toBe(`${vm.publicAddress} 200`);
    expect(await forum.run(metadata("tags/instance/Name"))).toBe("forum-vm 200");
    expect(await forum.run(metadata("tags/instance/expiry"))).toMatch(/ 404$/);
    await machines.setTags("i-vm", { Name: "forum-vm", expiry: "2000-01-01T00:00:00Z" });
    expect(await forum.run(metadata("tags/instance/expiry"))).toBe("2000-01-01T00:00:00Z 200");
    const fromPod = "sudo kubectl exec web -- curl -s -m 3 http://169.254.169.254/";
    expect((await server.try(fromPod)).exitCode).toBe(28);
  });
});

describe("an instance", () => {
  it("powers itself off when its tag says so, and starts at another public address with its disk", async () => {
    await forum.run("sudo touch /root/kept");
    await forum.try("sudo systemctl start istio-lab-expiry");
    await stateBecomes("i-vm", "stopped");
    expect((await forum.try("true")).exitCode).toBe(255);
    await machines.start({ ...vmSpec, publicIp: "127.77.0.3" });
    const moved = new InstanceShell("127.77.0.3", keyFile);
    expect(await moved.until("hostname && sudo ls /root/kept && systemctl is-active apache2", 60)).toBe(
      "forum-vm\n/root/kept\nactive",
    );
    expect((await forum.try("true")).exitCode).toBe(255);
    expect(await moved.run("curl -s https://checkip.amazonaws.com")).toBe("127.77.0.3");
    await moved.run("sudo touch /run/before");
    await moved.try("sudo reboot");
    await moved.until("! test -e /run/before && cloud-init status --wait", 60);
  });

  it("has the same cluster after a stop and a start", async () => {
    const identity = "sudo kubectl get namespace/kube-system pod/web -o jsonpath='{.items[*].metadata.uid}'";
    const before = await server.run(identity);
    await machines.stop("i-cluster");
    expect(await machines.state("i-cluster")).toBe("stopped");
    await machines.start(clusterSpec);
    expect(await server.until(identity, 120)).toBe(before);
    await server.until("sudo kubectl wait pod --all --all-namespaces --for condition=Ready --timeout 60s", 120);
    expect(await forum.try("true")).toMatchObject({ exitCode: 255 });
    await expect.poll(async () => statusOfPage(15443), { timeout: 60_000 }).toBe(200);
  });

  it("leaves no container, network or volume", async () => {
    const volumes = await docker([
      "inspect",
      "--format",
      "{{range .Mounts}}{{.Name}} {{end}}",
      ownership.nameOf("i-vm"),
    ]);
    const volume = volumes.trim().split(" ")[0] ?? "";
    expect(await docker(["volume", "ls", "--quiet"])).toContain(volume);
    for (const instanceId of ["i-cluster", "i-vm", "i-vm"]) {
      await machines.terminate(instanceId);
      expect(await machines.state(instanceId)).toBe("gone");
    }
    await machines.removeSubnet(subnet.subnetId);
    const filter = ["--filter", `label=${ownership.label}`, "--quiet"];
    expect(await docker(["ps", "--all", ...filter])).toBe("");
    expect(await docker(["network", "ls", ...filter])).toBe("");
    expect(await docker(["volume", "ls", "--quiet"])).not.toContain(volume);
  });
});
