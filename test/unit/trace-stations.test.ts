import { describe, expect, it } from "vitest";
import { StationList } from "../../lab/cli/trace/station-list";
import type { AccessHost, LabOutputs } from "../../lab/program/outputs";
import { loginOf, OPTIONS } from "../support/login";

const cluster = { name: "k3s-s", kubeconfigFile: "/k", context: "kind-istio-lab-dev-k3s-s", gateways: [] };
const machine: AccessHost = { name: "k3s-s", address: "192.168.10.10", login: loginOf("198.51.100.10") };
const vm: AccessHost = {
  name: "forum-vm",
  address: "192.168.10.200",
  login: loginOf("127.0.0.1", 30022),
  workloadEntry: "forum-services/forum-1",
};

const target = { stack: "dev", qualifiedStack: "dev", backend: { ownFolder: undefined, environment: {} } };
const stationsOf = (hosts: readonly AccessHost[]) =>
  new StationList({ clusters: [cluster], hosts } as unknown as LabOutputs, target);

describe("the node of a cluster, as a trace looks at it", () => {
  it("is kind's container on this machine", () => {
    const { machine: node } = stationsOf([vm]).node(cluster);
    expect([node.shell.slice(0, 4), node.prefix]).toEqual([
      ["docker", "exec", "--interactive", "istio-lab-dev-k3s-s-control-plane"],
      "docker exec istio-lab-dev-k3s-s-control-plane",
    ]);
  });

  it("is a machine with a login on AWS, and the evidence can be pasted: exec with its name speaks of the cluster", () => {
    const { machine: node } = stationsOf([machine, vm]).node(cluster);
    expect([node.shell.at(-1), node.prefix]).toEqual([
      `exec ssh -o BatchMode=yes -o ConnectTimeout=5 ${OPTIONS} -p 22 ubuntu@198.51.100.10 sudo bash --norc -c "$0"`,
      `ssh ${OPTIONS} -p 22 ubuntu@198.51.100.10 sudo`,
    ]);
  });

  it("is no other than that of its pods", () => {
    const stations = stationsOf([machine, vm]);
    const pod = { metadata: { namespace: "n", name: "p", uid: "u" }, status: { podIP: "172.16.0.5" } };
    expect(stations.pod(cluster, pod as never).machine).toEqual(stations.node(cluster).machine);
  });
});

describe("a host, as a trace looks at it", () => {
  it("is asked over ssh, without a question to the user", () => {
    const { machine: host, logs } = stationsOf([vm]).host(vm);
    expect([host.shell, host.prefix, logs]).toEqual([
      [
        "bash",
        "-c",
        `exec ssh -o BatchMode=yes -o ConnectTimeout=5 ${OPTIONS} -p 30022 ubuntu@127.0.0.1 sudo bash --norc -c "$0"`,
      ],
      "npm run lab -- exec forum-vm sudo",
      "/var/log/istio/istio.log",
    ]);
  });
});
