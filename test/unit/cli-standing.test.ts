import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Session } from "../../lab/cli/pulumi/session";
import { assertNodesRun } from "../../lab/cli/stack/standing";
import type { LabOutputs } from "../../lab/program/outputs";
import { ACCESS, checkpoint, CommandLine, dockerWith, KUBECONFIG, pulumiWith, STATE_ID } from "../support/command-line";
import { FakeBin } from "../support/fake-bin";
import { testFolder } from "../support/test-folder";

/** A lab of which one may take something away; kubectl answers whatever it is asked. */
function lab({ kubeconfigFile = KUBECONFIG, docker = dockerWith("dev") } = {}): CommandLine {
  const access = { ...ACCESS, clusters: [{ ...ACCESS.clusters[0]!, kubeconfigFile }] };
  const cli = new CommandLine({ pulumi: pulumiWith(access), docker, kubectl: "echo True", curl: "true" });
  cli.addStack("dev", checkpoint(access));
  return cli;
}

const VERBS = [
  ["verify", ["verify"]],
  ["trace", ["trace", "forum-vm", "webapp"]],
  ["exec", ["exec", "k3s-s", "kubectl", "get", "nodes"]],
] as const;

describe("a lab whose kubeconfig is gone", () => {
  it.each(VERBS)("is not asked by %s: kubectl would ask whatever listens on localhost:8080", async (_, words) => {
    const cli = lab({ kubeconfigFile: "/nowhere/kubeconfig" });
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      "",
      "stack dev: without its kubeconfig: /nowhere/kubeconfig; npm run lab -- heal writes it again\n",
    ]);
    expect(cli.calls().filter((call) => call.startsWith("kubectl"))).toEqual([]);
  });
});

describe("a lab whose kubeconfig leads to another cluster, as `kind create cluster` leaves it in a shell whose KUBECONFIG names it", () => {
  it.each(VERBS)("is not touched by %s", async (_, words) => {
    const folder = testFolder();
    const kubeconfigFile = join(folder, "kubeconfig");
    const text = "current-context: kind-mine\ncontexts: [{ name: kind-k3s-s }, { name: kind-mine }]\n";
    writeFileSync(kubeconfigFile, text);
    const cli = lab({ kubeconfigFile });
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "dev"]);
    const kubectl = join(cli.folder, "cache", "toolchains", "official-book-vm", "bin", "kubectl");
    expect([exitCode, stdout, stderr.split("\n").filter((line) => line.startsWith("stack "))]).toEqual([
      1,
      "",
      [
        `stack dev: ${kubeconfigFile} leads to kind-mine, not to the lab's cluster; restore it: '${kubectl}' --kubeconfig '${kubeconfigFile}' config use-context kind-k3s-s`,
      ],
    ]);
    expect(cli.calls().filter((call) => /^kubectl|^pulumi (up|preview)/.test(call))).toEqual([]);
    expect(readFileSync(kubeconfigFile, "utf8")).toBe(text);
  });
});

describe("a lab whose context somebody has renamed in its kubeconfig", () => {
  it("is not touched, and the message says how the kubeconfig is written again", async () => {
    const folder = testFolder();
    const kubeconfigFile = join(folder, "kubeconfig");
    writeFileSync(kubeconfigFile, "current-context: lab\ncontexts: [{ name: lab }]\n");
    const { exitCode, stderr } = await lab({ kubeconfigFile }).run(["exec", "k3s-s", "true", "--stack", "dev"]);
    expect([exitCode, stderr]).toEqual([
      1,
      `stack dev: ${kubeconfigFile} has no context kind-k3s-s any more; set it aside, and it is written again: mv '${kubeconfigFile}' '${kubeconfigFile}.mine' && npm run lab -- heal\n`,
    ]);
  });
});

describe("a lab of which a container is gone", () => {
  it.each(VERBS.slice(0, 2))("is not asked by %s, which would wait for each answer in vain", async (_, words) => {
    const cli = lab({ docker: "true" });
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      "",
      "stack dev: not there: istio-lab-dev-k3s-s-control-plane, istio-lab-dev-forum-vm; recreate it: npm run lab -- heal, or remove the rest: npm run lab -- destroy\n",
    ]);
  });

  it("is still asked by exec", async () => {
    const { exitCode, stdout } = await lab({ docker: "true" }).run(["exec", "k3s-s", "kubectl", "get", "nodes"]);
    expect([exitCode, stdout]).toEqual([0, "True\n"]);
  });
});

describe("a lab of which a container does not run", () => {
  const [NODE, VM] = ["istio-lab-dev-k3s-s-control-plane", "istio-lab-dev-forum-vm"];
  const states = (node: string, vm: string) =>
    [
      [NODE, node],
      [VM, vm],
    ].map(([name, state]) => `'${JSON.stringify([name, "dev", STATE_ID, "/somewhere", name, "net", state])}'`);
  const docker = (node: string, vm: string) => `case "$1" in ps) printf '%s\\n' ${states(node, vm).join(" ")} ;; esac`;

  it.each(["exited", "paused"])("is not verified if its node is %s: each check would wait in vain", async (state) => {
    const cli = lab({ docker: docker(state, "exited") });
    const { exitCode, stdout, stderr } = await cli.run(["verify", "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      "",
      `stack dev: nothing was checked: container ${NODE} is ${state}; npm run lab -- heal repairs that\n`,
    ]);
    expect(cli.calls().filter((call) => call.startsWith("kubectl"))).toEqual([]);
  });

  it("is verified if that is its VM, as in a lesson", async () => {
    const bin = new FakeBin({ docker: docker("running", "exited") });
    const env = bin.environment;
    const owner = { stack: "dev", stateId: STATE_ID, stateFolder: "/somewhere" };
    await expect(
      assertNodesRun({ stack: "dev", owner, env } as unknown as Session, ACCESS as unknown as LabOutputs),
    ).resolves.toBeUndefined();
    expect(bin.calls()).toHaveLength(1);
  });
});
