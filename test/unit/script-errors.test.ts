import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { script } from "../../infra/core/script";
import { shellQuote } from "../../infra/core/shell";
import { VM_SCRIPTS } from "../../lab/vm/script-folder";
import { changed } from "../support/changed";
import { FakeBin } from "../support/fake-bin";

/** Whose things the scripts make. */
const OWNER = { STACK: "test", STATE_ID: "0123", STATE_FOLDER: "/state" };
/** What the script of a kind cluster is told. */
const KIND_CLUSTER = {
  ...OWNER,
  CLUSTER: "c",
  NETWORK: "n",
  NODE_IMAGE: "i",
  IDENTITY: "abc",
  KUBECONFIG_FILE: "FOLDER/kubeconfig.yaml",
};

/** One that fails as the program in question does: what it says, on which stream, after how much that is no reason. */
const failing = (words: string) => `cat >/dev/null; printf '%s\\n' ${shellQuote(words)} >&2; exit 1`;
/** Folders of a machine that a script may write to, in the fake's own folder. */
const FOLDERS = [
  "etc/systemd/system/istio.service.d",
  "etc/istio/config",
  "usr/local/sbin",
  "usr/local/bin",
  "var/lib/istio/envoy",
  "var/log/istio",
];

/** The script of a VM, with the test's folder in place of its root. */
function onVm(name: string, bin: FakeBin): string {
  FOLDERS.forEach((folder) => mkdirSync(join(bin.folder, folder), { recursive: true }));
  const folder = name === "vm-forum-start.sh" ? VM_SCRIPTS : undefined;
  return changed(script(name, folder), /(?<=[\s">=,(])\/(?=etc\/|usr\/local\/|var\/(?:lib|log)\/)/g, `${bin.folder}/`);
}

const kindSays = `WARNING: Overriding docker network due to KIND_EXPERIMENTAL_DOCKER_NETWORK
WARNING: Here be dragons! This is not supported currently.
Creating cluster "c" ...
 • Preparing nodes 📦   ...
 ✗ Preparing nodes 📦 
ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"`;
/** As kind 0.30 tells of a kubeadm 1.34 whose API server does not come up, shortened. */
const kubeadmSays = `Creating cluster "c" ...
 ✗ Starting control-plane 🕹️
ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec --privileged c-control-plane kubeadm init --v=6" failed with error: exit status 1

Command Output: I1126 08:02:25.293187     181 round_trippers.go:632] "Response" verb="GET" status="" milliseconds=0
I1126 08:02:25.793571     181 round_trippers.go:632] "Response" verb="GET" status="" milliseconds=0
error: error execution phase wait-control-plane: failed while waiting for the control plane to start: kube-apiserver check failed
k8s.io/kubernetes/cmd/kubeadm/app/cmd/phases/workflow.(*Runner).Run.func1
\tk8s.io/kubernetes@v1.34.4/cmd/kubeadm/app/cmd/phases/workflow/runner.go:262
github.com/spf13/cobra.(*Command).Execute
\tgithub.com/spf13/cobra@v1.9.1/command.go:1071
main.main
\tk8s.io/kubernetes@v1.34.4/cmd/kubeadm/kubeadm.go:25
runtime.goexit
\truntime/asm_amd64.s:1771
[control-plane-check] kube-apiserver is not healthy after 4m0.001010794s

A control plane component may have crashed or exited when started by the container runtime.`;
const nodeSays = `systemd 252 running in system mode
Failed to create control group inotify object: Too many open files
Failed to allocate manager object: Too many open files
Exiting PID 1...`;

describe("a step that fails says why in its first lines", () => {
  const cases: readonly (readonly [
    string,
    string,
    Readonly<Record<string, string>>,
    Readonly<Record<string, string>>,
    readonly string[],
  ])[] = [
    [
      "kind, with what its node said",
      "kind-create.sh",
      {
        kind: `[ "$1" != create ] || { ${failing(kindSays)}; }`,
        docker: `case "$1" in logs) echo ${shellQuote(nodeSays)} ;; container) echo "Error: No such container: c" >&2; exit 1 ;; esac`,
        kubectl: "exit 1",
      },
      KIND_CLUSTER,
      [
        'kind could not create the cluster c: ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"',
        "its node: Failed to create control group inotify object: Too many open files",
        "its node: Failed to allocate manager object: Too many open files",
        'Creating cluster "c" ...',
        " • Preparing nodes 📦   ...",
        " ✗ Preparing nodes 📦 ",
        "all of it: FOLDER/kubeconfig.yaml.log",
      ],
    ],
    [
      "kubeadm in a node of kind, without its log and its stack",
      "kind-create.sh",
      {
        kind: `[ "$1" != create ] || { ${failing(kubeadmSays)}; }`,
        docker: `[ "$1" != container ] || { echo "Error: No such container: c" >&2; exit 1; }`,
        kubectl: "exit 1",
      },
      KIND_CLUSTER,
      [
        'kind could not create the cluster c: ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec --privileged c-control-plane kubeadm init --v=6" failed with error: exit status 1',
        "kubeadm: error execution phase wait-control-plane: failed while waiting for the control plane to start: kube-apiserver check failed",
        "kubeadm: [control-plane-check] kube-apiserver is not healthy after 4m0.001010794s",
        'Creating cluster "c" ...',
        " ✗ Starting control-plane 🕹️",
        "A control plane component may have crashed or exited when started by the container runtime.",
        "all of it: FOLDER/kubeconfig.yaml.log",
      ],
    ],
    [
      "istioctl",
      "istio-install.sh",
      {
        istioctl: failing(
          "- Processing resources for Istiod.\n✘ Istiod encountered an error: failed to wait for resource\nError: failed to install manifests: timed out",
        ),
      },
      { KUBECONFIG: "/k" },
      [
        "istioctl could not install what the manifest says: Error: failed to install manifests: timed out",
        "- Processing resources for Istiod.",
        "✘ Istiod encountered an error: failed to wait for resource",
      ],
    ],
    [
      "kube-proxy under MetalLB",
      "metallb-install.sh",
      { kubectl: failing("Waiting for daemon set spec update\nerror: timed out waiting for the condition") },
      { KUBECONFIG: "/k", MANIFEST: "/dev/null" },
      ["kube-proxy does not run: error: timed out waiting for the condition", "Waiting for daemon set spec update"],
    ],
    [
      "the secret of MetalLB",
      "metallb-install.sh",
      {
        kubectl: `case "$*" in *"create secret"*) ${failing("error: secrets is forbidden")} ;; *) cat >/dev/null ;; esac`,
      },
      { KUBECONFIG: "/k", MANIFEST: "/dev/null" },
      ["the secret memberlist of MetalLB could not be made: error: secrets is forbidden"],
    ],
    [
      "MetalLB's pool",
      "metallb-install.sh",
      {
        kubectl: `case "$*" in *apply*) grep -q pool && { echo "denied by its webhook" >&2; exit 1; }; true ;; *) cat >/dev/null ;; esac`,
      },
      { KUBECONFIG: "/k", MANIFEST: "/dev/null" },
      ["MetalLB takes its address pool: not so after 90 s; last seen: denied by its webhook"],
    ],
    [
      "apt on a node",
      "node-tools-ensure.sh",
      { docker: failing("Reading package lists...\nE: Unable to locate package ngrep") },
      { NODE: "node" },
      [
        "the tools could not be installed on the node node: E: Unable to locate package ngrep",
        "Reading package lists...",
      ],
    ],
    [
      "istioctl, asked for a VM's files",
      "vm-configuration.sh",
      { kubectl: "echo 192.168.10.240", istioctl: failing("Error: workloadgroups.networking.istio.io not found") },
      {
        KUBECONFIG: "/k",
        GROUP: "forum",
        NAMESPACE: "f",
        CLUSTER_ID: "c",
        INGRESS_ADDRESS: "192.168.10.240",
        VM_ADDRESS: "a",
      },
      ["istioctl could not make the files for the VM: Error: workloadgroups.networking.istio.io not found"],
    ],
    [
      "openssl",
      "ca-root-create.sh",
      { openssl: failing("....+++\ngenpkey: Error generating RSA key") },
      { NAME: "root" },
      ["openssl could not make a key: genpkey: Error generating RSA key", "....+++"],
    ],
    [
      "openssl, as it signs",
      "ca-intermediate-create.sh",
      {
        openssl: `case "$1" in x509) ${failing("Certificate request self-signature ok\nsubject=CN = west\nunable to load CA certificate: no such file")} ;; *) echo made ;; esac`,
      },
      { NAME: "west" },
      [
        "openssl could not sign the certificate of west: unable to load CA certificate: no such file",
        "Certificate request self-signature ok",
        "subject=CN = west",
      ],
    ],
    [
      "docker, which cannot run a VM's container",
      "container-host-create.sh",
      {
        docker: `case "$1" in run) ${failing("docker: Error response from daemon: driver failed: Bind for 127.0.0.1:30022 failed: port is already allocated.\n\nRun 'docker run --help' for more information")} ;; *) echo "Error: No such container: c" >&2; exit 1 ;; esac`,
      },
      {
        CONTAINER: "c",
        HOST_NAME: "h",
        IMAGE: "i",
        NETWORK: "n",
        ADDRESS: "a",
        SSH_PORT: "1",
        ...OWNER,
        IDENTITY: "i",
        HOSTS: "",
      },
      [
        "the container c could not be started: docker: Error response from daemon: driver failed: Bind for 127.0.0.1:30022 failed: port is already allocated.",
        "Run 'docker run --help' for more information",
      ],
    ],
    [
      "docker, whose engine does not answer",
      "docker-network-remove.sh",
      {
        docker: failing(
          "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        ),
      },
      { NETWORK: "lab", ...OWNER },
      [
        "the network lab could not be removed: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      ],
    ],
    [
      "docker, which cannot tell whose a container is",
      "container-host-remove.sh",
      { docker: failing("Cannot connect to the Docker daemon at unix:///var/run/docker.sock") },
      { ...OWNER, CONTAINER: "c", KNOWN_HOSTS_FILE: "/k" },
      ["whose the container c is cannot be told: Cannot connect to the Docker daemon at unix:///var/run/docker.sock"],
    ],
    [
      "docker, which keeps a network",
      "docker-network-remove.sh",
      {
        docker: `case "$1 $2" in "network inspect") echo "test|0123|$5|/state" ;; "network rm") ${failing("error while removing network: has active endpoints")} ;; esac`,
      },
      { NETWORK: "lab", ...OWNER },
      ["the network lab could not be removed: error while removing network: has active endpoints"],
    ],
    [
      "ssh-keygen",
      "ssh-key-ensure.sh",
      { "ssh-keygen": failing("Saving key failed: No space left on device") },
      { KEY_FILE: "FOLDER/key" },
      ["Saving key failed: No space left on device"],
    ],
  ];

  it.each(cases)("%s", (_, name, programs, environment, lines) => {
    const bin = new FakeBin(programs);
    const values = Object.entries(environment).map(([key, value]) => [key, value.replace("FOLDER", bin.folder)]);
    const run = bin.run(script(name), Object.fromEntries(values) as Record<string, string>, "pool");
    const said = run.stderr.replaceAll(bin.folder, "FOLDER").trimEnd().split("\n");
    expect([said, run.stdout]).toEqual([lines, ""]);
    expect(run.exitCode).toBe(1);
  });

  const vmPrograms = { hostname: "echo forum-vm", install: "cat >/dev/null", chown: "true", timeout: "true" };
  it.each([
    [
      "the sidecar that does not start",
      "vm-join.sh",
      {
        systemctl: `[ "$1" != restart ] || { ${failing('Job for istio.service failed. See "journalctl -xe" for details.')}; }`,
        journalctl: "echo 'error istio-token: permission denied'; echo 'istio.service: Failed with result exit-code'",
      },
      [
        "forum-vm: the sidecar does not start: error istio-token: permission denied",
        "istio.service: Failed with result exit-code",
        'Job for istio.service failed. See "journalctl -xe" for details.',
      ],
    ],
    [
      "the sidecar whose agent tells the reason in its own log, after an older one and beside the rules that its start prints",
      "vm-join.sh",
      {
        mktemp: `printf '2026-11-26T11:00:00Z\\terror\\tan older one\\n' >"$FOLDER/var/log/istio/istio.log"; mkdir "$FOLDER/files"; echo "$FOLDER/files"`,
        systemctl: `[ "$1" != restart ] || { printf '2026-11-26T11:34:03.861335Z\\terror\\tinvalid output level\\n2026-11-26T11:34:03.9Z\\tinfo\\tended\\n' >>"$FOLDER/var/log/istio/istio.log"; ${failing("Job for istio.service failed.")}; }`,
        journalctl: "printf '%s\\n' ':OUTPUT ACCEPT [0:0]' COMMIT '# Completed on Thu Nov 26 11:34:04 2026'",
      },
      ["forum-vm: the sidecar does not start: error: invalid output level"],
    ],
    [
      "the sidecar that does not start and has only an older reason",
      "vm-join.sh",
      {
        mktemp: `printf 'Error: an older one\\n' >"$FOLDER/var/log/istio/istio.err.log"; mkdir "$FOLDER/files"; echo "$FOLDER/files"`,
        systemctl: `[ "$1" != restart ] || { ${failing("Failed to restart istio.service: Unit istio.service is masked.")}; }`,
        journalctl: "printf '%s\\n' ':OUTPUT ACCEPT [0:0]' COMMIT '# Completed on Thu Nov 26 11:34:04 2026'",
      },
      ["forum-vm: the sidecar does not start: Failed to restart istio.service: Unit istio.service is masked."],
    ],
    [
      "the package that cannot be installed",
      "vm-sidecar-install.sh",
      {
        systemctl: "echo running",
        fuser: "exit 1",
        dpkg: failing(
          "Selecting previously unselected package istio-sidecar.\ndpkg: error processing archive: not a Debian format archive",
        ),
      },
      [
        "forum-vm: the sidecar's package could not be installed: dpkg: error processing archive: not a Debian format archive",
        "Selecting previously unselected package istio-sidecar.",
      ],
    ],
    [
      "the service that does not answer",
      "vm-forum-start.sh",
      { systemctl: "true", curl: failing("curl: (7) Failed to connect"), journalctl: "echo 'panic: no port'" },
      ["forum-vm: forum answers on 8080: not so after 30 s; last seen: curl: (7) Failed to connect", "panic: no port"],
    ],
  ])("%s on a VM", (_, name, programs, lines) => {
    const bin = new FakeBin({ ...vmPrograms, ...programs });
    const text = onVm(name, bin).replace(
      "base64 -d | tar -x",
      `echo '192.168.10.240 istiod' >"$files/hosts"; tar -c -T /dev/null | tar -x`,
    );
    const environment = { HOST_IDENTITY: "i", SIDECAR_SETTINGS: "", PACKAGE: "/dev/null", BINARY: "/none" };
    const run = bin.run(text.replace('[ -f "$PACKAGE" ]', "true"), environment);
    expect([run.stderr.trimEnd().split("\n"), run.exitCode]).toEqual([lines, 1]);
  });
});
