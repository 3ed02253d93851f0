import { describe, expect, it } from "vitest";
import { startNodeServices } from "../../lab/cli/heal/node-services";
import type { LabOutputs } from "../../lab/program/outputs";
import { FakeBin } from "../support/fake-bin";
import { healScene } from "../support/heal-scene";

const NODE = "istio-lab-dev-k3s-s-control-plane";
const clusters: LabOutputs["clusters"] = [
  { name: "k3s-s", kubeconfigFile: "/state/kubeconfig", context: "kind-istio-lab-dev-k3s-s", gateways: [] },
];

/** A docker whose `exec` does on this machine what it is told, with a systemd of these states; `docker` is bash that runs first. */
async function startIn(system: string, states: Readonly<Record<"containerd" | "kubelet", string>>, docker = "true") {
  const bin = new FakeBin({
    docker: `${docker}\nshift 2; "$@"`,
    systemctl: `case "$*" in is-system-running) echo ${system}; [ ${system} = running ] ;; start*) ;; *containerd) echo ${states.containerd} ;; *) echo ${states.kubelet} ;; esac`,
  });
  const { scene, said } = healScene(bin, clusters);
  const report = await startNodeServices(scene);
  const started = bin.calls().filter((call) => call.startsWith("systemctl start"));
  return { report, started, said: said() };
}

const STARTED = `the services of the node ${NODE} were started`;

describe("the services of a cluster's node", () => {
  it.each([
    ["run: nothing is done", "running", { containerd: "active", kubelet: "active" }, undefined],
    ["start: nothing is done", "starting", { containerd: "inactive", kubelet: "inactive" }, undefined],
    ["end and start again by themselves", "running", { containerd: "active", kubelet: "activating" }, undefined],
    ["were stopped", "running", { containerd: "active", kubelet: "inactive" }, "kubelet is inactive"],
    ["were given up", "degraded", { containerd: "failed", kubelet: "active" }, "containerd is failed"],
    [
      "were all stopped",
      "running",
      { containerd: "inactive", kubelet: "inactive" },
      "containerd is inactive, kubelet is inactive",
    ],
  ])("%s", async (_, system, states, wanted) => {
    const { report, started, said } = await startIn(system, states);
    expect(report.failed).toEqual([]);
    expect(report.repaired).toEqual(wanted === undefined ? [] : [{ name: NODE, done: STARTED }]);
    expect(started).toEqual(wanted === undefined ? [] : ["systemctl start containerd kubelet"]);
    expect(said).toMatch(wanted === undefined ? /^$/ : new RegExp(`${NODE}: ${wanted}\n`));
  });

  it("of a node that cannot be asked are left to what follows", async () => {
    const states = { containerd: "inactive", kubelet: "inactive" };
    const { report, started } = await startIn("running", states, 'echo "container is not running" >&2; exit 1');
    expect([report, started]).toEqual([{ repaired: [], failed: [] }, []]);
  });

  it("that do not start are reported with systemd's words", async () => {
    const states = { containerd: "active", kubelet: "failed" };
    const refuses = 'case "$*" in *"systemctl start"*) echo "Unit kubelet.service is masked." >&2; exit 1 ;; esac';
    const { report } = await startIn("running", states, refuses);
    expect(report.failed.map(({ name, actual }) => [name, actual])).toEqual([
      [NODE, "exit code 1\nUnit kubelet.service is masked."],
    ]);
  });
});
