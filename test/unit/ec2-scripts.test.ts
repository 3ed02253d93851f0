import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { script } from "../../infra/core/script";
import { changed } from "../support/changed";
import { FakeBin } from "../support/fake-bin";
import { testFolder } from "../support/test-folder";

let folder: string;
beforeEach(() => {
  folder = testFolder();
});

const KEY = "ssh-ed25519 AAAAC3NzaHostKey";
const SCANNED = `echo "# 198.51.100.10:22 SSH-2.0"; echo "198.51.100.10 ${KEY}"`;
const known = () => join(folder, "stack", "known_hosts-k3s-s");

function ready(programs: Record<string, string>, environment: Record<string, string> = {}) {
  return new FakeBin(programs).run(script("ec2-host-ready.sh"), {
    HOST_NAME: "k3s-s",
    ADDRESS: "198.51.100.10",
    SSH_USER: "ubuntu",
    INSTANCE: "i-1",
    IS_CLUSTER: "no",
    KEY_FILE: "/key",
    KNOWN_HOSTS_FILE: known(),
    ...environment,
  });
}

/** An ssh that answers by what it is asked. */
const sshd = (cloudInit: string, nodes = "k3s-s Ready") =>
  `case "$*" in *"cloud-init status"*) ${cloudInit};; *"k3s kubectl"*) echo "${nodes}";; *"tail -n"*) echo "E: no such package";; esac`;

describe("waiting for an EC2 instance", () => {
  it("ends with its host key, which is pinned for the user's eyes only", () => {
    const run = ready({ "ssh-keyscan": SCANNED, ssh: sshd('echo "status: done"') });
    expect([run.exitCode, run.stdout]).toEqual([0, KEY]);
    expect(readFileSync(known(), "utf8")).toBe(`# i-1\n198.51.100.10 ${KEY}\n`);
    expect(statSync(known()).mode & 0o777).toBe(0o600);
  });

  it("asks again while SSH refuses", () => {
    const scan = `if [ -e "$FOLDER/second" ]; then ${SCANNED}; else touch "$FOLDER/second"; fi`;
    const run = ready({ "ssh-keyscan": scan, ssh: sshd('echo "status: done"') });
    expect([run.exitCode, run.stdout]).toEqual([0, KEY]);
  });

  it("gives up, after 900 s, on a cloud-init that never ends, and says what it last saw", () => {
    const run = ready({ "ssh-keyscan": SCANNED, ssh: sshd('echo "status: running"; exit 124') });
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      "k3s-s: cloud-init is at work for 900 s; last seen: status: running; the end of /var/log/cloud-init-output.log:\nE: no such package\n",
    ]);
  });

  it("says what it last saw if SSH never answers", () => {
    const run = ready({ "ssh-keyscan": "echo Connection refused >&2", ssh: "exit 255" });
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      "k3s-s (198.51.100.10): SSH answers: not so after 240 s; last seen: Connection refused\n",
    ]);
  });

  it("takes no other key of an instance whose key it knows, as after a stop and start", () => {
    ready({ "ssh-keyscan": SCANNED, ssh: sshd('echo "status: done"') });
    const run = ready({ "ssh-keyscan": "echo 198.51.100.10 ssh-ed25519 AAAAother", ssh: sshd('echo "status: done"') });
    expect([run.stdout, run.calls.some((call) => call.startsWith("ssh-keyscan"))]).toEqual([KEY, false]);
    expect(
      run.calls.filter((call) => call.startsWith("ssh ")).every((call) => call.includes("StrictHostKeyChecking=yes")),
    ).toBe(true);
  });

  it("takes the key of a new instance at the same address", () => {
    ready({ "ssh-keyscan": SCANNED, ssh: sshd('echo "status: done"') });
    const run = ready(
      { "ssh-keyscan": "echo 198.51.100.10 ssh-ed25519 AAAAother", ssh: sshd('echo "status: done"') },
      { INSTANCE: "i-2" },
    );
    expect(run.stdout).toBe("ssh-ed25519 AAAAother");
  });

  it("waits on if the login breaks off or cloud-init is still at work", () => {
    const cloudInit =
      'n=$(cat "$FOLDER/n" 2>/dev/null || echo 0); echo $((n + 1)) >"$FOLDER/n"; case $n in 0) exit 255;; 1) echo "status: running"; exit 124;; *) echo "..status: done";; esac';
    expect(ready({ "ssh-keyscan": SCANNED, ssh: sshd(cloudInit) }).exitCode).toBe(0);
  });

  it("is content with what cloud-init could do without", () => {
    const run = ready({ "ssh-keyscan": SCANNED, ssh: sshd('echo "status: degraded"; exit 2') });
    expect(run.exitCode).toBe(0);
  });

  it("ends with the end of cloud-init's log if that failed, and with what to do", () => {
    const run = ready({ "ssh-keyscan": SCANNED, ssh: sshd('printf "....\\nstatus: error\\n"; exit 1') });
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      `k3s-s: cloud-init failed: status: error; the end of /var/log/cloud-init-output.log:
E: no such package
It runs once: when the cause is repaired, terminate i-1 and run up again, which makes another one; or destroy the lab
`,
    ]);
  });

  it("wants the node of a cluster to be ready, too", () => {
    const run = ready(
      { "ssh-keyscan": SCANNED, ssh: sshd('echo "status: done"', "k3s-s NotReady") },
      { IS_CLUSTER: "yes" },
    );
    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringMatching(/^k3s-s: the node of k3s is ready: not so/)]);
    const other = ready({ "ssh-keyscan": SCANNED, ssh: sshd('echo "status: done"') }, { IS_CLUSTER: "yes" });
    expect(other.exitCode).toBe(0);
  });
});

describe("the kubeconfig of k3s", () => {
  const file = () => join(folder, "kubeconfig.yaml");
  const made = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ZGVmYXVsdA==
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    client-key-data: a2V5
`;
  const fetch = (kubectl: string) => {
    writeFileSync(join(folder, "k3s.yaml"), made);
    return new FakeBin({ ssh: `cat '${join(folder, "k3s.yaml")}'`, kubectl }).run(script("k3s-kubeconfig.sh"), {
      ADDRESS: "198.51.100.10",
      SSH_USER: "ubuntu",
      KEY_FILE: "/key",
      KNOWN_HOSTS_FILE: "/known",
      SERVER: "https://198.51.100.10:6443",
      CONTEXT: "istio-lab-dev-k3s-s",
      KUBECONFIG_FILE: file(),
    });
  };

  it("names the public address and a context of the stack's own, and keeps the real certificate", () => {
    const run = fetch("true");
    const wanted = made.replaceAll(": default", ": istio-lab-dev-k3s-s").replace("127.0.0.1", "198.51.100.10");
    expect([run.exitCode, run.stdout]).toEqual([0, wanted]);
    expect([readFileSync(file(), "utf8"), statSync(file()).mode & 0o777]).toEqual([wanted, 0o600]);
    expect(run.stdout).not.toContain("insecure-skip-tls-verify");
  });

  it("is not there if the server does not answer with that certificate", () => {
    const run = fetch("echo x509: certificate is valid for 10.0.0.1 >&2; exit 1");
    expect([run.exitCode, run.stderr]).toEqual([
      1,
      "https://198.51.100.10:6443 answers with the certificate that k3s made: not so after 60 s; last seen: x509: certificate is valid for 10.0.0.1\n",
    ]);
    expect(() => statSync(file())).toThrow();
  });
});

describe("the end of an instance", () => {
  const last = () => join(folder, "expiry");
  const look = (curl: string) =>
    new FakeBin({ curl, systemctl: "true" }).run(
      changed(script("instance-expiry.sh"), "/var/lib/istio-lab/expiry", `'${last()}'`),
      {},
    );
  const tag = (time: string) => `case "$*" in *PUT*) echo token;; *) echo ${time};; esac`;
  const powersOff = ({ calls }: { calls: readonly string[] }) => calls.includes("systemctl poweroff");

  it.each([
    ["has come", "2020-01-01T00:00:00Z", true],
    ["has not come", "2999-01-01T00:00:00Z", false],
  ])("is when the time in its tag %s", (_, time, isOver) => {
    const run = look(tag(time));
    expect([run.exitCode, powersOff(run)]).toEqual([0, isOver]);
  });

  it("asks with a token, as version 2 of the metadata service wants it", () => {
    const { calls } = look(tag("2999-01-01T00:00:00Z"));
    expect(calls.filter((call) => call.startsWith("curl"))).toEqual([
      expect.stringMatching(/-X PUT .*ttl-seconds.*\/latest\/api\/token$/),
      expect.stringMatching(/X-aws-ec2-metadata-token: token .*\/meta-data\/tags\/instance\/expiry$/),
    ]);
  });

  it.each([
    ["does not answer", "exit 7"],
    ["answers with something else", tag("<html>")],
  ])("is by the last answer if the service %s", (_, curl) => {
    expect(powersOff(look(curl))).toBe(false);
    writeFileSync(last(), "2020-01-01T00:00:00Z\n");
    expect(powersOff(look(curl))).toBe(true);
    // Started again, the machine waits for a new answer.
    expect(powersOff(look(curl))).toBe(false);
  });
});
