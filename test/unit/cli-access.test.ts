import { describe, expect, it } from "vitest";
import { accessTable } from "../../lab/cli/stack/access";
import type { AccessCluster, AccessHost, LabOutputs } from "../../lab/program/outputs";
import { sshLine } from "../../infra/core/ssh-line";
import { loginOf } from "../support/login";

/** The default stack alone, whose name can be left out. */
const target = { stack: "dev", qualifiedStack: "dev", backend: { ownFolder: undefined, environment: {} } };
const plain = { isLive: false, hasColour: false, columns: 100 };
const outputs = (more: Partial<LabOutputs>): LabOutputs => ({
  lab: "multicluster",
  platform: "local",
  versions: {},
  urls: [],
  clusters: [],
  hosts: [],
  network: { name: "net", cidr: "192.168.10.0/24", loadBalancerPool: "a-b", note: "as wanted" },
  unavailable: [],
  nextSteps: [],
  ...more,
});
const cluster = (name: string, gateways: AccessCluster["gateways"]): AccessCluster => ({
  name,
  kubeconfigFile: `/state/${name}`,
  context: `kind-${name}`,
  gateways,
});
const host = (name: string, more: Partial<AccessHost> = {}): AccessHost => ({
  name,
  address: "192.168.10.200",
  login: loginOf(name),
  ...more,
});

/** The lines below a heading, up to the next one. */
function section(heading: string, more: Partial<LabOutputs>): readonly string[] {
  const lines = accessTable(outputs(more), target, plain).split("\n");
  const start = lines.indexOf(heading) + 1;
  expect(start).toBeGreaterThan(0);
  const end = lines.indexOf("", start);
  return lines.slice(start, end === -1 ? undefined : end);
}

describe("the table of a lab that is rented", () => {
  it("says below the network what it costs and when it ends", () => {
    const cost = { perHour: 0.2515, stopped: 0.0175, currency: "USD", asOf: "2025-11", unknown: [] } as const;
    const expiry = { at: "2026-01-01T08:00:00Z", action: "stop", note: "then the instances are stopped" } as const;
    const lines = accessTable(outputs({ platform: "aws", cost, expiry }), target, plain).split("\n");
    expect(lines.slice(2, 5)).toEqual([
      "cost: about 0.2515 USD an hour, 0.0175 while stopped (price list of 2025-11)",
      "ends by itself at 2026-01-01T08:00:00Z: then the instances are stopped",
      "",
    ]);
  });
});

describe("the table of a lab", () => {
  it("has each cluster's gateways with their addresses below the cluster's line", () => {
    const clusters = [
      cluster("west", [
        { name: "istio-ingressgateway", address: "192.168.10.240" },
        { name: "istio-eastwestgateway", address: "192.168.10.241" },
      ]),
      cluster("east", []),
    ];
    expect(section("clusters", { clusters })).toEqual([
      "  west  npm run lab -- exec west kubectl get pods -A",
      "        kubeconfig /state/west, context kind-west",
      "        istio-ingressgateway  192.168.10.240",
      "        istio-eastwestgateway  192.168.10.241",
      "  east  npm run lab -- exec east kubectl get pods -A",
      "        kubeconfig /state/east, context kind-east",
    ]);
  });

  it("has the WorkloadEntry below a host of the mesh, and no such line for a host outside it", () => {
    const hosts = [host("forum-vm", { workloadEntry: "forum-services/forum-1" }), host("client")];
    expect(section("hosts", { hosts, clusters: [cluster("k3s-s", [])] })).toEqual([
      "  forum-vm  192.168.10.200",
      `    ${sshLine(loginOf("forum-vm"))}`,
      "    npm run lab -- exec k3s-s kubectl get workloadentry forum-1 -n forum-services",
      "  client    192.168.10.200",
      `    ${sshLine(loginOf("client"))}`,
    ]);
  });

  it("names the stack in each of its commands if the stack is another one", () => {
    const other = { ...target, stack: "other", qualifiedStack: "other" };
    const hosts = [host("forum-vm", { workloadEntry: "forum-services/forum-1" })];
    const text = accessTable(outputs({ hosts, clusters: [cluster("k3s-s", [])] }), other, plain);
    expect(text.match(/npm run lab -- exec --stack other k3s-s kubectl .*/g)).toEqual([
      "npm run lab -- exec --stack other k3s-s kubectl get pods -A",
      "npm run lab -- exec --stack other k3s-s kubectl get workloadentry forum-1 -n forum-services",
    ]);
  });

  it("leaves out headings under which nothing would stand", () => {
    const text = accessTable(outputs({}), target, plain);
    for (const heading of ["clusters", "hosts", "not available", "next"]) {
      expect(text).not.toContain(heading);
    }
  });
});
