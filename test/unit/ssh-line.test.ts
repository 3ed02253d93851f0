import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ask } from "../../infra/core/child";
import { script } from "../../infra/core/script";
import { shellQuote } from "../../infra/core/shell";
import { sshLine } from "../../infra/core/ssh-line";
import { StationList } from "../../lab/cli/trace/station-list";
import { runCommand } from "../../lab/cli/verify/command-runner";
import type { AccessHost, LabOutputs } from "../../lab/program/outputs";
import { makeKey, startSshServer, type SshServer } from "../support/ssh-server";

/** As a stack's, in the state folder of a user who has not read any manual. */
const FOLDERS = ["plain", "My Labs (100% mine)", "it's $HOME `id`"];

describe("the line that logs in to a host", () => {
  const endpoint = {
    address: "127.0.0.1",
    port: 30022,
    user: "ubuntu",
    keyFile: "/state/dev/id",
    knownHostsFile: "/state/dev/known",
  };

  it("is as short as it can be, and reads nothing of the user's configuration", () => {
    expect(sshLine(endpoint)).toBe(
      "ssh -F none -i /state/dev/id -o IdentitiesOnly=yes -o UserKnownHostsFile=/state/dev/known -p 30022 ubuntu@127.0.0.1",
    );
    expect(sshLine(endpoint, ["-t"])).toMatch(/^ssh -t -F none /);
  });

  it("quotes a path with a blank for the shell, and the list of known hosts files for ssh as well", () => {
    const blank = { ...endpoint, keyFile: "/my state/id", knownHostsFile: "/my state/known" };
    expect(sshLine(blank)).toBe(
      `ssh -F none -i '/my state/id' -o IdentitiesOnly=yes -o 'UserKnownHostsFile="/my state/known"' -p 30022 ubuntu@127.0.0.1`,
    );
  });
});

describe.each(FOLDERS)("a login from the state folder %s", (name) => {
  let folder: string;
  let server: SshServer;
  let host: AccessHost;
  let line: string;
  let files: { readonly keyFile: string; readonly knownHostsFile: string };

  beforeEach(async () => {
    const parent = mkdtempSync(join(tmpdir(), "istio-lab-ssh-"));
    folder = join(parent, name);
    mkdirSync(folder);
    const key = makeKey();
    server = await startSshServer({ authorizedKey: key.publicKey });
    files = { keyFile: join(folder, "id"), knownHostsFile: join(folder, "known") };
    writeFileSync(files.keyFile, key.privateKey, { mode: 0o600 });
    writeFileSync(files.knownHostsFile, `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
    const login = { address: "127.0.0.1", port: server.port, user: "ubuntu", ...files };
    // Nobody is there to answer a question.
    line = sshLine(login, ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]);
    host = { name: "forum-vm", address: "192.168.10.200", login };
    writeFileSync(join(parent, "sudo"), '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n');
    chmodSync(join(parent, "sudo"), 0o755);
    vi.stubEnv("PATH", `${parent}${delimiter}${process.env["PATH"] ?? ""}`);
  });
  afterEach(async () => {
    await server.close();
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });

  it("works by the line that people paste", async () => {
    const answer = await ask("bash", ["-c", `${line} 'echo "hello  from" there'`]);
    expect([answer.stderr, answer.stdout]).toEqual(["", "hello  from there\n"]);
  });

  it("works for checks, scenarios and repairs", async () => {
    const workstation = {
      kubeconfig: "",
      kubeconfigFiles: new Map(),
      env: process.env,
      ssh: new Map([["forum-vm", line]]),
    };
    const answer = await runCommand({ on: "host", host: "forum-vm", run: 'echo "a  b" | cat' }, workstation, 20);
    expect(answer).toEqual({ exitCode: 0, stdout: "a  b\n", stderr: "", timedOut: false });
  });

  it("works for a trace", async () => {
    const target = { stack: "dev", qualifiedStack: "dev", backend: { ownFolder: undefined, environment: {} } };
    const stations = new StationList({ clusters: [], hosts: [host] } as unknown as LabOutputs, target);
    const [command = "", ...words] = stations.host(host).machine.shell;
    const answer = await ask(command, [...words, shellQuote("echo \"a  b\"; echo 'c  d'")]);
    expect([answer.stderr, answer.stdout]).toEqual(["", "a  b\nc  d\n"]);
  });

  it("works for a VM that leaves the mesh", async () => {
    const env = {
      PATH: process.env["PATH"] ?? "",
      KUBECONFIG: join(folder, "kubeconfig"),
      NAMESPACE: "forum-services",
      WORKLOAD_ENTRY: "forum-1",
      HOST_IDENTITY: "machine-1",
      SSH_PORT: String(server.port),
      SSH_USER: "ubuntu",
      SSH_ADDRESS: "127.0.0.1",
      KEY_FILE: files.keyFile,
      KNOWN_HOSTS_FILE: files.knownHostsFile,
    };
    await ask("bash", ["-c", script("vm-member-remove.sh")], { env });
    expect(server.logins()).toBe(2);
  });
});
