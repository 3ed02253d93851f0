import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { script } from "../../infra/core/script";
import { runCommand, workstationOf } from "../../lab/cli/verify/command-runner";
import { unmet } from "../../lab/cli/verify/expectation";
import type { AccessHost, LabOutputs } from "../../lab/program/outputs";
import { vmRepairs } from "../../lab/vm/repairs";
import { changed } from "../support/changed";
import { FakeBin } from "../support/fake-bin";
import { loginOf, TO_HOST } from "../support/login";

const hosts: readonly AccessHost[] = [
  { name: "forum-vm", address: "192.168.10.200", login: loginOf("a"), workloadEntry: "forum-services/forum-1" },
  { name: "client", address: "192.168.10.210", login: loginOf("b") },
  { name: "forum-vm-2", address: "192.168.10.201", login: loginOf("c"), workloadEntry: "forum-services/forum-2" },
];
const repairs = vmRepairs({ hosts, clusters: [] as LabOutputs["clusters"] } as LabOutputs);

const named = (name: string) => repairs.find(({ wanted }) => wanted.name === name)!;
const workstationIn = (bin: FakeBin) => {
  const PATH = bin.path;
  return workstationOf({ clusters: [], hosts: [...hosts] }, { ...process.env, PATH, WAIT_STEP: "5" });
};

const RUN = ["running", "running", "running"] as const;
const refuses = (chain: string) => `case "$*" in *" ${chain} "*) echo "no such rule" >&2; false ;; esac`;
const BYPASSED =
  "istio is bypassed: rules that redirect traffic to the sidecar: not so after 5 s; last seen: no such rule\n";

describe("what heal looks at in the vm lab", () => {
  it("is every VM of the mesh: first what it proves itself with, then its sidecar", () => {
    expect(repairs.map(({ wanted, isFirst, done }) => [wanted.name, isFirst, done])).toEqual([
      ["forum-vm-credentials", true, "forum-vm got a fresh token, and the root certificate of the mesh"],
      ["forum-vm-2-credentials", true, "forum-vm-2 got a fresh token, and the root certificate of the mesh"],
      ["forum-vm-in-mesh", undefined, "the sidecar and forum of forum-vm were restarted"],
      ["forum-vm-2-in-mesh", undefined, "the sidecar and forum of forum-vm-2 were restarted"],
    ]);
  });

  it("repairs expired credentials by a fresh token that no line shows, and without the certificate that the agent would prefer", async () => {
    // The text of the script travels in the words of ssh and sudo.
    const noted = (name: string, body: string) => ({ [name]: `echo "${name} $*" >>"$FOLDER/noted"\n${body}` });
    const bin = new FakeBin({
      ...noted(
        "kubectl",
        'case "$*" in *" create token "*) echo the-token ;; *root-cert*) printf "PEM\\nof the root" ;; esac',
      ),
      // What ssh does: the remote shell reads the words as one line.
      ssh: `${TO_HOST}shift; bash -c "$*"`,
      sudo: `"$@"`,
      ...noted("install", `cat >"$FOLDER/$(basename "\${@: -1}")"`),
      ...noted("rm", "true"),
      ...noted("systemctl", "true"),
    });
    const { repair } = named("forum-vm-credentials");
    const answer = await runCommand(repair, workstationIn(bin), 5);
    expect(answer).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
    const taken = ["istio-token", "root-cert.pem"].map((name) => readFileSync(join(bin.folder, name), "utf8"));
    expect(taken).toEqual(["the-token\n", "PEM\nof the root"]);
    const calls = readFileSync(join(bin.folder, "noted"), "utf8").trimEnd().split("\n");
    expect(calls.sort()).toEqual([
      "install -m 600 -o istio-proxy /dev/stdin /etc/istio/tokens/istio-token",
      "install -m 644 -o istio-proxy /dev/stdin /etc/certs/root-cert.pem",
      "kubectl --namespace forum-services create token forum-sa --audience istio-ca --duration 1h",
      "kubectl --namespace forum-services get configmap istio-ca-root-cert --output jsonpath={.data.root-cert\\.pem}",
      "rm -f /etc/certs/key.pem /etc/certs/cert-chain.pem",
      "systemctl restart istio",
    ]);
  });

  it.each([
    ["connected and healthy", "forum-vm.forum-services   Kubernetes", "True", true],
    ["connected, and its forum does not answer", "forum-vm.forum-services   Kubernetes", "False", false],
    ["gone, with the health of before the restart", "webapp-1.istioinaction   Kubernetes", "True", false],
    ["gone, beside a VM of a longer name", "forum-vm-2.forum-services   Kubernetes", "True", false],
    ["gone, beside one of its name elsewhere", "forum-vm.forum-services-2   Kubernetes", "True", false],
    ["connected, and not registered", "forum-vm.forum-services   Kubernetes", "", false],
  ])("a VM that is %s", async (_title, proxies, health, holds) => {
    const bin = new FakeBin({ ssh: "true", istioctl: `echo '${proxies}'`, kubectl: `printf %s '${health}'` });
    const { wanted } = named("forum-vm-in-mesh");
    const answer = await runCommand(wanted.command, workstationIn(bin), 5);
    expect(unmet(wanted.expect, answer).length === 0).toBe(holds);
    expect(wanted.givesUpAt!.test(answer.stdout)).toBe(false);
    expect(bin.calls()).toContain("istioctl proxy-status");
  });

  it.each([
    ["both run", ["running", "running", "running"], "true", "True", false],
    ["forum is stopped", ["running", "running", "dead"], "true", "forum is dead\n", true],
    ["the sidecar has failed", ["degraded", "failed", "running"], "true", "istio is failed\n", true],
    [
      "the sidecar ends again and again",
      ["running", "auto-restart", "running"],
      "true",
      "istio is auto-restart\n",
      true,
    ],
    ["the sidecar starts", ["running", "start-post", "running"], "true", "istio is start-post\n", false],
    ["the VM itself starts, before its units", ["starting", "dead", "dead"], "true", "starting\n", false],
    ["a unit of the user's keeps the VM starting", ["starting", "running", "running"], "true", "True", false],
    ["no rule leads what leaves to the sidecar", RUN, refuses("OUTPUT"), BYPASSED, true],
    ["no rule leads what enters to the sidecar", RUN, refuses("PREROUTING"), BYPASSED, true],
    [
      "the rules come a moment later",
      RUN,
      `[ -e "$FOLDER/later" ] || { touch "$FOLDER/later"; false; }`,
      "True",
      false,
    ],
  ])("asks a VM first what it runs: %s", async (_title, [system, istio, forum], iptables, said, isRepairedAtOnce) => {
    const bin = new FakeBin({
      // What ssh does: the remote shell reads the words as one line.
      ssh: `${TO_HOST}shift; bash -c "$*"`,
      sudo: `shift; "$@"`,
      iptables,
      systemctl: `case "$*" in is-system-running) echo ${system}; [ ${system} = running ] ;; *istio) echo ${istio} ;; *forum) echo ${forum} ;; esac`,
      istioctl: "echo 'forum-vm.forum-services   Kubernetes'",
      kubectl: "printf True",
    });
    const { wanted } = named("forum-vm-in-mesh");
    const answer = await runCommand(wanted.command, workstationIn(bin), 5);
    expect([answer.exitCode, answer.stdout, answer.stderr]).toEqual([0, said, ""]);
    expect(unmet(wanted.expect, answer).length === 0).toBe(said === "True");
    expect(wanted.givesUpAt!.test(answer.stdout)).toBe(isRepairedAtOnce);
  });

  it.each([
    ["expired: the token ended at 1", true],
    ["outdated: root-cert.pem is not the root certificate of the mesh", true],
    ["", false],
  ])("repairs credentials at once of which the VM says %j", (said, isRepairedAtOnce) => {
    expect(named("forum-vm-credentials").wanted.givesUpAt!.test(said)).toBe(isRepairedAtOnce);
  });

  it("starts stopped services so that they also start with the VM again", async () => {
    const systemctl = `echo "$*" >>"$FOLDER/units"`;
    const bin = new FakeBin({ ssh: `bash -c "$(cat)"`, sudo: `shift; "$@"`, systemctl });
    expect((await runCommand(named("forum-vm-in-mesh").repair, workstationIn(bin), 5)).exitCode).toBe(0);
    const units = readFileSync(join(bin.folder, "units"), "utf8").trim().split("\n");
    expect(units).toEqual(["enable --quiet istio forum", "restart istio", "restart forum"]);
  });
});

describe("the credentials of a VM", () => {
  const hour = 3600;
  const now = Math.floor(Date.now() / 1000);
  const token = (expiry: number) =>
    `h.${Buffer.from(JSON.stringify({ iss: "x", exp: expiry })).toString("base64url")}.s`;
  /** The script with the VM's folders below a folder of the test's own. */
  const checkIn = (folder: string) => changed(script("vm-credentials-check.sh"), /(?<==)\/etc\//g, `'${folder}'/etc/`);

  it.each([
    ["a certificate that lasts, and an expired token", 0, now - hour, "valid"],
    ["no certificate, and a token that lasts", undefined, now + hour, "valid"],
    ["an expired certificate, and a token that lasts", 1, now + hour, "valid"],
    ["an expired certificate and an expired token", 1, now - hour, "expired: the token ended at"],
    ["no certificate and an expired token", undefined, now - hour, "expired: the token ended at"],
    ["no certificate and no token", undefined, undefined, "expired: the token ended at an unknown time"],
    ["no certificate and half a token", undefined, "h.eyJ", "expired: the token ended at an unknown time"],
  ])("with %s", (_title, openssl, expiry, said) => {
    const bin = new FakeBin({ openssl: `exit ${String(openssl ?? 1)}` });
    mkdirSync(join(bin.folder, "etc", "certs"), { recursive: true });
    mkdirSync(join(bin.folder, "etc", "istio", "tokens"), { recursive: true });
    if (openssl !== undefined) {
      writeFileSync(join(bin.folder, "etc", "certs", "cert-chain.pem"), "PEM");
    }
    if (expiry !== undefined) {
      const text = typeof expiry === "number" ? token(expiry) : expiry;
      writeFileSync(join(bin.folder, "etc", "istio", "tokens", "istio-token"), text);
    }
    writeFileSync(join(bin.folder, "etc", "certs", "root-cert.pem"), "the root\n");
    const run = bin.run(checkIn(bin.folder), {}, "the root");
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(run.stdout.startsWith(said), run.stdout).toBe(true);
  });

  it.each([
    ["another root certificate than the mesh's", "an older root\n"],
    ["no root certificate", undefined],
  ])("with %s are outdated, whatever lasts", (_title, root) => {
    const bin = new FakeBin({ openssl: "exit 0" });
    mkdirSync(join(bin.folder, "etc", "certs"), { recursive: true });
    writeFileSync(join(bin.folder, "etc", "certs", "cert-chain.pem"), "PEM");
    if (root !== undefined) {
      writeFileSync(join(bin.folder, "etc", "certs", "root-cert.pem"), root);
    }
    const run = bin.run(checkIn(bin.folder), {}, "the root");
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([
      0,
      `outdated: ${bin.folder}/etc/certs/root-cert.pem is not the root certificate of the mesh\n`,
      "",
    ]);
  });
});
