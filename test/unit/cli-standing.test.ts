import { describe, expect, it } from "vitest";
import { ACCESS, checkpoint, CommandLine, dockerWith, KUBECONFIG, pulumiWith } from "../support/command-line";

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

describe("a lab of which a container is gone", () => {
  it.each(VERBS.slice(0, 2))("is not asked by %s, which would wait for each answer in vain", async (_, words) => {
    const cli = lab({ docker: "true" });
    const { exitCode, stdout, stderr } = await cli.run([...words, "--stack", "dev"]);
    expect([exitCode, stdout, stderr]).toEqual([
      2,
      "",
      "stack dev: not there: istio-lab-dev-k3s-s-control-plane, istio-lab-dev-forum-vm; make it anew: npm run lab -- heal, or remove the rest: npm run lab -- destroy\n",
    ]);
  });

  it("is still asked by exec", async () => {
    const { exitCode, stdout } = await lab({ docker: "true" }).run(["exec", "k3s-s", "kubectl", "get", "nodes"]);
    expect([exitCode, stdout]).toEqual([0, "True\n"]);
  });
});
