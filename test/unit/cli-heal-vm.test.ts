import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand, workstationOf } from "../../lab/cli/verify/command-runner";
import { unmet } from "../../lab/cli/verify/expectation";
import type { AccessHost, LabOutputs } from "../../lab/outputs";
import { vmRepairs } from "../../lab/vm/repairs";
import { FakeBin } from "../support/fake-bin";

const hosts: readonly AccessHost[] = [
  { name: "forum-vm", address: "192.168.10.200", ssh: "ssh a", workloadEntry: "forum-services/forum-1" },
  { name: "client", address: "192.168.10.210", ssh: "ssh b" },
  { name: "forum-vm-2", address: "192.168.10.201", ssh: "ssh c", workloadEntry: "forum-services/forum-2" },
];
const repairs = vmRepairs({ hosts, clusters: [] as LabOutputs["clusters"] } as LabOutputs);

describe("what heal looks at in the vm lab", () => {
  it("is every VM of the mesh, each mended by its own sidecar's restart", () => {
    expect(repairs.map(({ wanted, repair, done }) => [wanted.name, repair, done])).toEqual(
      ["forum-vm", "forum-vm-2"].map((host) => [
        `${host}-in-mesh`,
        { on: "host", host, run: "sudo systemctl restart istio" },
        `the sidecar of ${host} was restarted`,
      ]),
    );
  });

  it.each([
    ["connected and healthy", "forum-vm.forum-services   Kubernetes", "True", true],
    ["connected, and its forum does not answer", "forum-vm.forum-services   Kubernetes", "False", false],
    ["gone, with the health of before the restart", "webapp-1.istioinaction   Kubernetes", "True", false],
    ["gone, beside a VM of a longer name", "forum-vm-2.forum-services   Kubernetes", "True", false],
    ["gone, beside one of its name elsewhere", "forum-vm.forum-services-2   Kubernetes", "True", false],
    ["connected, and not registered", "forum-vm.forum-services   Kubernetes", "", false],
  ])("a VM that is %s", async (_title, proxies, health, holds) => {
    const bin = new FakeBin({ istioctl: `echo '${proxies}'`, kubectl: `printf %s '${health}'` });
    const path = `${join(bin.folder, "bin")}:${process.env["PATH"] ?? ""}`;
    const workstation = workstationOf({ clusters: [], hosts: [...hosts] }, { ...process.env, PATH: path });
    const { wanted } = repairs[0]!;
    const answer = await runCommand(wanted.command, workstation, 5);
    expect(unmet(wanted.expect, answer).length === 0).toBe(holds);
    expect(bin.calls()[0]).toBe("istioctl proxy-status");
  });
});
